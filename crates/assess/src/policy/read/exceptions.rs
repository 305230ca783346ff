//! `[[waive]]` and `[[attest]]`.

use plimsoll_base::{CATALOGUE, about};
use toml::Spanned;
use toml::de::DeValue;

use super::super::errors::nearest;
use super::super::{Cover, Exception, Kind};
use super::{Reader, Section, kind_of};
use crate::Date;

const KEYS: &[&str] = &["control", "gap", "scope", "owner", "reason", "evidence", "expires"];

impl Reader<'_> {
    pub(super) fn exceptions(&mut self, top: &Section<'_, '_>, key: &str, name: &'static str, kind: Kind) -> Vec<Exception> {
        let Some(value) = top.get(key) else {
            return Vec::new();
        };
        let DeValue::Array(list) = value.get_ref() else {
            self.fault(value.span(), format!("write {name}, with two brackets: there may be several"));
            return Vec::new();
        };
        let mut found = Vec::new();
        for item in list.iter() {
            match item.get_ref() {
                DeValue::Table(table) => found.extend(self.exception(&Section { table, name, span: item.span() }, kind)),
                other => self.fault(item.span(), format!("{name} must be a table, not {}", kind_of(other))),
            }
        }
        found
    }

    fn exception(&mut self, section: &Section<'_, '_>, kind: Kind) -> Option<Exception> {
        self.known_keys(section, KEYS);
        let control = self.control(section);
        let cover = self.cover(section);
        let owner = self.required(section, "owner");
        let reason = self.required(section, "reason");
        let evidence = self.text(section, "evidence");
        let expires = self.expires(section);
        let line = self.index.line_column(u32::try_from(section.span.start).unwrap_or(u32::MAX)).0;
        Some(Exception { kind, control: control?, cover: cover?, owner: owner?, reason: reason?, evidence, expires: expires?, line })
    }

    fn control(&mut self, section: &Section<'_, '_>) -> Option<&'static str> {
        let id = self.required(section, "control")?;
        let found = about(&id).map(|a| a.id);
        if found.is_none() {
            let hint = match nearest(&id, CATALOGUE.iter().map(|a| a.id)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`plimsoll controls` lists them".to_owned(),
            };
            let span = section.get("control").map(Spanned::span).unwrap_or_default();
            self.fault(span, format!("unknown control `{id}`; {hint}"));
        }
        found
    }

    fn cover(&mut self, section: &Section<'_, '_>) -> Option<Cover> {
        match (section.get("gap"), section.get("scope")) {
            (None, None) => Some(Cover::Control),
            (None, Some(_)) => self.text(section, "scope").map(Cover::Subject),
            (Some(value), None) => {
                let key = self.text(section, "gap")?;
                let whole = key.split_once('@').is_some_and(|(kind, subject)| !kind.is_empty() && !subject.is_empty());
                if !whole {
                    self.fault(value.span(), format!("`{key}` is not the key of a gap: write `kind@subject`, as the report prints it"));
                }
                whole.then_some(Cover::Gap(key))
            }
            (Some(_), Some(scope)) => {
                self.fault(scope.span(), format!("{} has both `gap` and `scope`: a gap's key already names its subject", section.name));
                None
            }
        }
    }

    fn expires(&mut self, section: &Section<'_, '_>) -> Option<Date> {
        let Some(value) = section.get("expires") else {
            self.fault(section.span.clone(), format!("{} has no `expires`: nothing is accepted for ever", section.name));
            return None;
        };
        let date = match value.get_ref() {
            DeValue::String(text) => Date::parse(text),
            DeValue::Datetime(d) if d.time.is_none() => d.date.and_then(|d| Date::new(d.year, d.month, d.day)),
            _ => None,
        };
        if date.is_none() {
            self.fault(value.span(), format!("`expires` of {} must be a day that exists, as in 2027-03-31", section.name));
        }
        date
    }
}
