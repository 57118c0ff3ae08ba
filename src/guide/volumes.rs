//! A guide of a whole country in volumes, so that laying it out needs no more memory than one of them:
//! each holds all chapters and the listing of some council areas, next to each other in the alphabet.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::text;
use crate::domain::authority::AuthorityCode;
use crate::domain::care_service::CareService;

/// Services in one PDF: about 800 MB while it is laid out, and 500 pages.
pub const MOST_IN_A_FILE: usize = 3000;

/// The council areas of one volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    pub councils: Vec<AuthorityCode>,
    pub services: usize,
    /// `Devon to Kent`
    pub name: String,
}

/// As few volumes as hold these services. No council area is parted, so one alone may be longer.
pub fn volumes(services: &[Arc<CareService>], most: usize) -> Vec<Volume> {
    let mut counts: BTreeMap<(String, AuthorityCode), (String, usize)> = BTreeMap::new();
    for authority in services.iter().map(|service| &service.facts.authority) {
        let key = (text::fold(&authority.name), authority.code.clone());
        counts.entry(key).or_insert((authority.name.clone(), 0)).1 += 1;
    }
    let mut volumes: Vec<(Volume, String)> = Vec::new();
    for ((_, code), (name, count)) in counts {
        match volumes.last_mut().filter(|(last, _)| last.services + count <= most) {
            Some((last, first)) => {
                last.councils.push(code);
                last.services += count;
                last.name = format!("{first} to {name}");
            }
            None => volumes.push((Volume { councils: vec![code], services: count, name: name.clone() }, name)),
        }
    }
    volumes.into_iter().map(|(volume, _)| volume).collect()
}
