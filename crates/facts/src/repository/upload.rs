//! Sources that write what users upload to a disk.

use plimsoll_base::{Location, Span};
use plimsoll_discover::{Language, Role};

use crate::library::Held;

/// What a source does with files that users send.
#[derive(Clone, Debug)]
pub struct UploadMark {
    /// The path of the source.
    pub path: String,
    /// The line.
    pub at: Location,
    /// Its words, shortened.
    pub says: String,
    /// Whether it removes such files; otherwise it writes them.
    pub removes: bool,
}

/// Words that show that a source takes files from users.
const TAKES: &[(Language, &[&str])] = &[
    (Language::Python, &["UploadFile", "request.files", "FileStorage", "request.FILES"]),
    (Language::JavaScript, SCRIPT),
    (Language::TypeScript, SCRIPT),
    (Language::Go, &["FormFile(", "MultipartForm", "SaveUploadedFile("]),
    (Language::Php, &["move_uploaded_file(", "->file(", "$_FILES"]),
    (Language::Java, &["MultipartFile"]),
    (Language::Kotlin, &["MultipartFile"]),
    (Language::CSharp, &["IFormFile"]),
];
const SCRIPT: &[&str] = &["formData()", "multer", "formidable", "busboy", "req.file", "req.files", "express-fileupload"];

/// Words of a line that writes to a disk.
const WRITES: &[(Language, &[&str])] = &[
    (Language::Python, &["copyfileobj(", "\"wb\"", "'wb'", "write_bytes(", ".save(os.path", "aiofiles.open("]),
    (Language::JavaScript, SCRIPT_WRITES),
    (Language::TypeScript, SCRIPT_WRITES),
    (Language::Go, &["SaveUploadedFile(", "os.Create(", "os.OpenFile("]),
    (Language::Php, &["move_uploaded_file("]),
    (Language::Java, &["transferTo(", "Files.copy(", "Files.write("]),
    (Language::Kotlin, &["transferTo(", "Files.copy(", "Files.write("]),
    (Language::CSharp, &["new FileStream(", "File.Create("]),
];
const SCRIPT_WRITES: &[&str] = &["writeFile(", "writeFileSync(", "createWriteStream(", ".toFile(", "diskStorage(", "Bun.write("];

/// Words by which files are handed to storage elsewhere, or are scratch: what is written then does not stay.
const PASSES_ON: [&str; 14] = [
    "client-s3",
    "PutObject",
    "upload_fileobj",
    "put_object",
    "s3.upload",
    "boto3",
    "storage.bucket(",
    "BlobServiceClient",
    "tempfile",
    "mkdtemp",
    "tmpdir()",
    "NamedTemporaryFile",
    "cloudinary",
    "MkdirTemp",
];
const REMOVES: [&str; 11] = [
    "os.remove(",
    "os.unlink(",
    ".unlink(",
    "unlinkSync(",
    "rmSync(",
    "fs.rm(",
    "os.Remove(",
    "deleteIfExists(",
    "File.Delete(",
    "Files.delete(",
    "rmtree(",
];

/// Reads a source: where it writes uploads to a disk, or where it removes them.
pub(crate) fn uploads(held: &Held, language: Language, bytes: &[u8]) -> Option<UploadMark> {
    const LARGE: usize = 512 * 1024;
    if held.role != Role::Product || bytes.len() > LARGE {
        return None;
    }
    let takes = TAKES.iter().find(|(l, _)| *l == language)?.1;
    let has = |words: &[&str]| words.iter().any(|w| memchr::memmem::find(bytes, w.as_bytes()).is_some());
    let removes = has(&REMOVES);
    if removes && has(&["upload", "Upload"]) && !has(takes) {
        return mark(held, bytes, &REMOVES, true);
    }
    // What takes, writes and removes in one place keeps nothing.
    if !has(takes) || has(&PASSES_ON) || removes {
        return None;
    }
    mark(held, bytes, WRITES.iter().find(|(l, _)| *l == language)?.1, false)
}

fn mark(held: &Held, bytes: &[u8], words: &[&str], removes: bool) -> Option<UploadMark> {
    let (text, _) = plimsoll_syntax::decode(bytes);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim();
        let comment = ["//", "#", "*"].iter().any(|c| body.starts_with(c));
        if !comment && !body.contains("/tmp/") && words.iter().any(|w| body.contains(w)) {
            let indent = line.len() - line.trim_start().len();
            let at = held.at(Span::new(start + indent, start + indent + body.len()));
            return Some(UploadMark { path: held.path.clone(), at, says: body.chars().take(80).collect(), removes });
        }
        start += line.len();
    }
    None
}

#[cfg(test)]
mod tests {

    use super::*;

    fn read(path: &str, language: Language, text: &str) -> Option<bool> {
        let held = Held::source(path, language);
        uploads(&held, language, text.as_bytes()).map(|m| m.removes)
    }

    #[test]
    fn uploads_that_stay_are_told_from_those_that_pass_through() {
        let python = |rest: &str| read("a.py", Language::Python, &format!("async def up(f: UploadFile):\n{rest}"));
        assert_eq!(python("    with open(p, \"wb\") as b:\n        shutil.copyfileobj(f.file, b)\n"), Some(false));
        assert_eq!(python("    open(p, \"wb\").write(x)\n    os.remove(p)\n"), None);
        assert_eq!(python("    boto3.client('s3').upload_fileobj(f.file, b, k)\n    open(p, \"wb\")\n"), None);
        assert_eq!(python("    return len(await f.read())\n"), None);
        assert_eq!(read("a.ts", Language::TypeScript, "const d = await req.formData();\nawait sharp(b).toFile(p);\n"), Some(false));
        assert_eq!(read("b.ts", Language::TypeScript, "await fs.writeFile(report, text);\n"), None);
        assert_eq!(read("c.py", Language::Python, "for f in old(UPLOADS):  # uploads\n    os.remove(f)\n"), Some(true));
    }
}
