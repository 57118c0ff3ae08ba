//! The people of the demonstration, one of each role, and links that sign a visitor in as them.
//! Their addresses are of `example.org`, which belongs to nobody.

use crate::app::App;
use crate::demo::county::County;
use crate::domain::actor::Actor;
use crate::domain::person::{EmailAddress, Target};
use crate::domain::words::Role;
use crate::ops::Refused;
use crate::ops::invite::{self, Invitation};

/// Somebody to sign in as.
pub struct Person {
    /// `a manager`
    pub who: &'static str,
    /// Good once, for a week.
    pub link: String,
}

/// Makes them known, and a new link for each.
pub async fn invite(app: &App) -> Result<Vec<Person>, Refused> {
    let mut people = Vec::new();
    for (who, invitation) in invitations(app) {
        let (_, link) = invite::run(&app.db, &app.clock, Actor::system("demonstration"), invitation).await?;
        people.push(Person { who, link: app.config.link(&format!("sign-in/{}", link.reveal())) });
    }
    Ok(people)
}

/// One of each role, and what invites them to it.
pub fn invitations(app: &App) -> Vec<(&'static str, Invitation)> {
    let county = County::new(app.clock.now());
    let authority = county.services.first().map(|service| service.facts.authority.code.clone());
    let own = county.of_the_manager().into_iter().map(|service| Target::Service(service.id.clone())).collect();
    let roles: [(&'static str, &str, Role, Vec<Target>); 5] = [
        ("a manager", "manager@example.org", Role::Manager, own),
        ("a social worker", "social.worker@example.org", Role::Staff, vec![Target::All]),
        (
            "an administrator",
            "administrator@example.org",
            Role::Admin,
            authority.map(Target::Authority).into_iter().collect(),
        ),
        (
            "a group manager",
            "group.manager@example.org",
            Role::GroupManager,
            county.largest_group().map(Target::Provider).into_iter().collect(),
        ),
        ("an operator", "operator@example.org", Role::Operator, vec![Target::All]),
    ];
    let invited = roles.into_iter().filter_map(|(who, email, role, targets)| {
        Some((who, Invitation { email: EmailAddress::parse(email)?, role, targets }))
    });
    invited.collect()
}
