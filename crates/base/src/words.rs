//! Many words looked for in one pass over a text.

/// No word: ends the lists of words.
const NONE: u32 = u32::MAX;
/// The bit of an entry that says that a word ends there; the others are the state.
const ENDS: u16 = 1 << 15;

/// An automaton of words (after Aho and Corasick), without regard to the case of ASCII letters.
///
/// It is built anew in every run, for which a general one takes longer than reading most repositories does; so this one has rows of
/// sixteen bits and nothing that a few hundred short words do not need.
#[derive(Clone, Debug)]
pub struct Words {
    /// The column of each byte: bytes that no word holds share the first.
    columns: [u8; 256],
    /// The binary logarithm of the length of a row.
    shift: u32,
    /// A row for each state: where each column leads.
    next: Vec<u16>,
    /// For each state the first word that ends there.
    first: Vec<u32>,
    /// For each state the nearest ending of what was read that is a word; the first state for none.
    shorter: Vec<u16>,
    /// For each word the next that reads the same.
    same: Vec<u32>,
    /// The length of each word in bytes.
    lengths: Vec<u32>,
}

/// Where a word stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Which word, counted from zero in the order in which they were given.
    pub word: usize,
    /// Its first byte.
    pub start: usize,
    /// The byte behind it.
    pub end: usize,
}

impl Words {
    /// An automaton of words that are not empty. All together they must have fewer than 32,768 bytes.
    pub fn new<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let words: Vec<&[u8]> = words.into_iter().map(str::as_bytes).collect();
        assert!(words.iter().map(|w| w.len()).sum::<usize>() < usize::from(ENDS), "more words than states can be numbered");
        let mut columns = [0; 256];
        let mut used = 1;
        for byte in words.iter().copied().flatten().map(u8::to_ascii_lowercase) {
            if columns[usize::from(byte)] == 0 {
                columns[usize::from(byte)] = used;
                columns[usize::from(byte.to_ascii_uppercase())] = used;
                used += 1;
            }
        }
        let shift = usize::from(used).next_power_of_two().trailing_zeros();
        let mut automaton = Self {
            columns,
            shift,
            next: vec![0; 1 << shift],
            first: vec![NONE],
            shorter: Vec::new(),
            same: vec![NONE; words.len()],
            lengths: words.iter().map(|w| w.len() as u32).collect(),
        };
        // Each is put before those that read the same, and they shall be told in the order in which they were given.
        for (index, word) in words.into_iter().enumerate().rev() {
            automaton.add(word, index);
        }
        automaton.link();
        automaton
    }

    fn add(&mut self, word: &[u8], index: usize) {
        let mut state = 0;
        for byte in word {
            let entry = (state << self.shift) | usize::from(self.columns[usize::from(*byte)]);
            if self.next[entry] == 0 {
                self.next[entry] = self.first.len() as u16;
                self.first.push(NONE);
                self.next.resize(self.first.len() << self.shift, 0);
            }
            state = usize::from(self.next[entry]);
        }
        self.same[index] = std::mem::replace(&mut self.first[state], index as u32);
    }

    /// Completes the rows: where no word goes on, reading goes on behind the longest ending of what was read that begins a word.
    fn link(&mut self) {
        let states = self.first.len();
        let width = 1usize << self.shift;
        // For each state that ending; states are visited by their depth, so that the shorter ones are complete.
        let mut behind = vec![0u16; states];
        self.shorter = vec![0; states];
        let mut queue: Vec<u16> = self.next[..width].iter().copied().filter(|s| *s != 0).collect();
        let mut visited = 0;
        while let Some(state) = queue.get(visited).map(|s| usize::from(*s)) {
            visited += 1;
            let ending = usize::from(behind[state]);
            self.shorter[state] = if self.first[ending] == NONE { self.shorter[ending] } else { behind[state] };
            for column in 0..width {
                let onward = self.next[(ending << self.shift) | column];
                let entry = &mut self.next[(state << self.shift) | column];
                if *entry == 0 {
                    *entry = onward;
                } else {
                    behind[usize::from(*entry)] = onward;
                    queue.push(*entry);
                }
            }
        }
        for entry in &mut self.next {
            let state = usize::from(*entry);
            if self.first[state] != NONE || self.shorter[state] != 0 {
                *entry |= ENDS;
            }
        }
    }

    /// Every place of every word, those that overlap too: by their ends, and of those that end together the longest first.
    pub fn hits<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = Hit> + 't {
        Hits { words: self, text, at: 0, state: 0, ending: 0, word: NONE }
    }
}

struct Hits<'t> {
    words: &'t Words,
    text: &'t [u8],
    /// The byte to be read next.
    at: usize,
    state: u16,
    /// The state whose words are being told, and the word of it that comes next.
    ending: u16,
    word: u32,
}

impl Iterator for Hits<'_> {
    type Item = Hit;

    fn next(&mut self) -> Option<Hit> {
        let words = self.words;
        while self.word == NONE && self.ending != 0 {
            self.ending = words.shorter[usize::from(self.ending)];
            self.word = words.first[usize::from(self.ending)];
        }
        if self.word == NONE {
            let mut state = self.state;
            let ended = self.text[self.at..].iter().position(|byte| {
                let column = usize::from(words.columns[usize::from(*byte)]);
                state = words.next[(usize::from(state & !ENDS) << words.shift) | column];
                state & ENDS != 0
            });
            self.state = state & !ENDS;
            let Some(read) = ended else {
                self.at = self.text.len();
                return None;
            };
            self.at += read + 1;
            self.ending = self.state;
            self.word = words.first[usize::from(self.ending)];
            if self.word == NONE {
                // Only a shorter word ends here.
                self.ending = words.shorter[usize::from(self.ending)];
                self.word = words.first[usize::from(self.ending)];
            }
        }
        let word = self.word as usize;
        self.word = words.same[word];
        Some(Hit { word, start: self.at - words.lengths[word] as usize, end: self.at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same by trying every word at every place.
    fn tried(words: &[&str], text: &str) -> Vec<Hit> {
        let mut found = Vec::new();
        for end in 0..=text.len() {
            let mut here: Vec<Hit> = (words.iter().enumerate())
                .filter_map(|(word, w)| Some(Hit { word, start: end.checked_sub(w.len())?, end }))
                .filter(|hit| text.as_bytes()[hit.start..hit.end].eq_ignore_ascii_case(words[hit.word].as_bytes()))
                .collect();
            here.sort_by_key(|hit| hit.start);
            found.extend(here);
        }
        found
    }

    #[test]
    fn every_word_is_found_wherever_it_stands() {
        let words = ["he", "she", "his", "hers", "s", "he", "ß", "://", "rsh"];
        let automaton = Words::new(words);
        for text in ["", "ushers", "HeRsHe sShe", "x://ßhershershis", "h", "hehe\u{0}he", "ſhe"] {
            assert_eq!(automaton.hits(text.as_bytes()).collect::<Vec<_>>(), tried(&words, text), "{text}");
        }
    }

    #[test]
    fn no_words_are_nowhere() {
        assert_eq!(Words::new([]).hits(b"text").count(), 0);
    }
}
