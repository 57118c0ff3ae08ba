//! A shortlist: up to ten services side by side, in the order in which they were chosen, and of staff
//! the case that it is for. Where it is kept is not decided here.

use crate::base::secret::Signer;
use crate::domain::care_service::CareServiceId;

/// As many as can be compared on a page.
pub const MOST: usize = 10;
/// No id is longer; nor is a case reference.
const LONGEST: usize = 64;
const PURPOSE: &str = "shortlist";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shortlist {
    pub services: Vec<CareServiceId>,
    /// The case that staff have opened, if any.
    pub case: Option<String>,
}

impl Shortlist {
    /// Adds one at the end, once; whether there was room.
    pub fn add(&mut self, id: CareServiceId) -> bool {
        if self.services.contains(&id) {
            return true;
        }
        let has_room = self.services.len() < MOST && id.as_str().len() <= LONGEST;
        if has_room {
            self.services.push(id);
        }
        has_room
    }

    pub fn remove(&mut self, id: &CareServiceId) {
        self.services.retain(|known| known != id);
    }

    /// For a cookie: the parts, each in hexadecimal, and a signature over them.
    pub fn signed(&self, signer: &Signer) -> String {
        let parts = [self.case.as_deref().unwrap_or_default()].into_iter();
        let parts = parts.chain(self.services.iter().map(CareServiceId::as_str)).map(hex);
        let content = parts.collect::<Vec<_>>().join(".");
        let signature = signer.sign(PURPOSE, &content);
        format!("{content}.{signature}")
    }

    /// Reads a cookie; one that is not ours is an empty list.
    pub fn read(signer: &Signer, cookie: &str) -> Self {
        let Some((content, signature)) = cookie.rsplit_once('.') else { return Self::default() };
        if !signer.holds(PURPOSE, content, signature) {
            return Self::default();
        }
        let mut parts = content.split('.').filter_map(unhex);
        let case = parts.next().filter(|case| !case.is_empty());
        let mut list = Self { services: Vec::new(), case };
        for id in parts {
            list.add(CareServiceId::from_text(id));
        }
        list
    }
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<String> {
    let bytes: Option<Vec<u8>> =
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect();
    String::from_utf8(bytes?).ok()
}

#[cfg(test)]
mod tests {
    use crate::base::secret::Secret;

    use super::*;

    fn list(ids: &[&str], case: Option<&str>) -> Shortlist {
        let services = ids.iter().copied().map(CareServiceId::from_text).collect();
        Shortlist { services, case: case.map(str::to_owned) }
    }

    #[test]
    fn a_list_comes_back_as_it_was_signed_and_nobody_else_makes_one() {
        let signer = Signer::new(Secret::fresh());
        for list in [list(&[], None), list(&["1-1", "1-2.3"], None), list(&["é"], Some("HCC/2026 0031"))] {
            assert_eq!(Shortlist::read(&signer, &list.signed(&signer)), list);
        }
        let signed = list(&["1-1"], None).signed(&signer);
        for wrong in ["", ".", "x.y", &signed.replace("312d31", "312d32"), &signed[1..]] {
            assert_eq!(Shortlist::read(&signer, wrong), Shortlist::default(), "{wrong}");
        }
    }

    #[test]
    fn ten_are_the_most_and_each_stands_once() {
        let mut list = list(&[], None);
        assert!((0..10).all(|number| list.add(CareServiceId::from_text(format!("1-{number}")))));
        assert!(list.add(CareServiceId::from_text("1-3")) && !list.add(CareServiceId::from_text("1-11")));
        list.remove(&CareServiceId::from_text("1-3"));
        assert!(list.add(CareServiceId::from_text("1-11")));
        assert_eq!((list.services.len(), list.services[9].as_str()), (10, "1-11"));
    }
}
