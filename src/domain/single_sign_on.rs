//! Which roles a claim of a council's sign-on gives: `staff:E10000014` as it stands, or names of the
//! council's own by a table. Whether a claim is genuine is found out elsewhere.

use std::collections::BTreeMap;

use crate::domain::authority::AuthorityCode;
use crate::domain::person::{Grant, Target};
use crate::domain::words::Role;

/// The council's own names for roles: `Care brokerage=staff:E10000014`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleNames(BTreeMap<String, Grant>);

impl RoleNames {
    /// Reads `NAME=ROLE, NAME=ROLE:CODE`; the sentence says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut names = BTreeMap::new();
        for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (name, role) = pair.rsplit_once('=').ok_or_else(|| format!("{pair:?} is not NAME=ROLE"))?;
            let grant = grant(role.trim()).ok_or_else(|| {
                format!("{role:?} is not staff, operator, staff:CODE or admin:CODE with the code of an authority")
            })?;
            names.insert(name.trim().to_owned(), grant);
        }
        Ok(Self(names))
    }

    /// The roles that these values of the claim give, each once. A value that means nothing here is left
    /// out: a council's claim names groups of many kinds.
    pub fn grants(&self, claimed: &[String]) -> Vec<Grant> {
        let known = |value: &String| self.0.get(value).cloned().or_else(|| grant(value));
        let mut grants: Vec<Grant> = claimed.iter().filter_map(known).collect();
        grants.sort();
        grants.dedup();
        grants
    }
}

/// Roles of councils only: managers are invited to their services by name.
fn grant(text: &str) -> Option<Grant> {
    let (role, code) = text.split_once(':').map_or((text, None), |(role, code)| (role, Some(code)));
    let role = Role::parse(role)?;
    let target = match (role, code) {
        (Role::Staff | Role::Operator, None) => Target::All,
        (Role::Staff | Role::Admin, Some(code)) => Target::Authority(AuthorityCode::parse(code)?),
        (Role::Admin, None) | (Role::Operator, Some(_)) | (Role::Manager | Role::GroupManager, _) => return None,
    };
    Some(Grant { role, target })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(names: &str, claimed: &[&str]) -> Vec<String> {
        let claimed: Vec<String> = claimed.iter().map(|value| (*value).to_owned()).collect();
        let names = RoleNames::parse(names).unwrap();
        names.grants(&claimed).iter().map(|grant| format!("{} {}", grant.role, grant.target.text())).collect()
    }

    #[test]
    fn a_claim_gives_roles_of_councils_and_no_others() {
        let claimed = ["staff:E10000014", "staff:E10000014", "admin:E06000044", "operator", "Everyone"];
        assert_eq!(grants("", &claimed), ["staff authority:E10000014", "admin authority:E06000044", "operator all"]);
        for nothing in ["admin", "operator:E10000014", "manager:1-1", "group_manager", "staff:Hampshire", ""] {
            assert!(grants("", &[nothing]).is_empty(), "{nothing:?}");
        }
        assert_eq!(grants("", &["staff"]), ["staff all"]);
    }

    #[test]
    fn a_council_may_use_its_own_names() {
        let names = "CN=Brokerage=staff:E10000014, 7f3a=admin:E10000014";
        assert_eq!(grants(names, &["CN=Brokerage", "7f3a"]).len(), 2);
        assert!(RoleNames::parse("Brokerage").is_err() && RoleNames::parse("Brokerage=manager").is_err());
    }
}
