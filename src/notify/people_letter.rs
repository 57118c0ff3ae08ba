//! Letters about people's roles, claims and what readers say is wrong: one shape, a heading, a sentence or two, one button.
//! When one is sent is decided in `ops`.

use serde::Serialize;

use crate::domain::claim::ClaimId;
use crate::notify::letter::{Author, Sender, Words};
use crate::ops::claim_link;
use crate::ops::people_mail::{Named, News, Remarked};

#[derive(Serialize)]
struct Content {
    #[serde(flatten)]
    sender: Sender,
    subject: String,
    heading: String,
    sentences: Vec<String>,
    button: &'static str,
    link: String,
    why: &'static str,
}

const ONCE: &str = "The link works once, for seven days. Afterwards you sign in with a link that we mail you.";
const WITH_THIS_ADDRESS: &str = "Sign in with this address, as you always do.";
const NOT_YOU: &str = "If you did not ask, do nothing: nothing will happen.";
const YOUR_ROLE: &str = "You get this because of what you may do here.";
/// More are read on the page.
const MOST_NAMED: usize = 20;

impl Author<'_> {
    pub fn about_people(&self, news: &News) -> Result<Words, String> {
        self.letters.write("people", &self.content(news))
    }

    fn content(&self, news: &News) -> Content {
        let site = &self.config.site_name;
        match news {
            News::Invited { role, service, link } => {
                let of = service.as_ref().map(|service| format!(" ({})", service.name)).unwrap_or_default();
                let heading = format!("You are invited to {site}");
                let sentences =
                    vec![format!("You now have a role there: {}{of}.", role.label()), self.how(link.as_ref()).into()];
                self.letter(heading, sentences, "Sign in", self.way_in(link.as_ref()), YOUR_ROLE)
            }
            News::ConfirmClaim { service, claim } => {
                let heading = format!("Confirm your address: {}", service.name);
                let asked = format!(
                    "Somebody, we hope you, asked with this address to manage the vacancies of {} on {site}.",
                    service.name
                );
                let next = "Confirm that the address is yours. Then somebody who knows the service decides, and we write to you.";
                self.letter(
                    heading,
                    vec![asked, next.to_owned()],
                    "Confirm my address",
                    self.claim_link(claim),
                    NOT_YOU,
                )
            }
            News::ClaimWaits { service } => {
                let heading = format!("Somebody asks to manage {}", service.name);
                let asked = format!(
                    "Somebody asks to manage the vacancies of {}. Look who it is, and approve or refuse it.",
                    service.name
                );
                let caution = "Approve only people you know, or phone the service at the number in the register.";
                self.letter(heading, vec![asked, caution.to_owned()], "Look at it", self.people_of(service), YOUR_ROLE)
            }
            News::ClaimApproved { service, link } => {
                let heading = format!("You may manage {} now", service.name);
                let may = format!("You can keep the vacancies of {} up to date.", service.name);
                let sentences = vec![may, self.how(link.as_ref()).to_owned()];
                self.letter(heading, sentences, "Sign in", self.way_in(link.as_ref()), NOT_YOU)
            }
            News::ClaimRefused { service } => {
                let heading = format!("Your request for {}", service.name);
                let no = format!("Your request to manage the vacancies of {} was not approved.", service.name);
                let next = "If you work there, ask its manager or your council to invite you.".to_owned();
                let link = self.config.link(&format!("services/{}", service.id));
                self.letter(heading, vec![no, next], "See the service", link, NOT_YOU)
            }
            News::NobodyLeft { services } => {
                let names = services.iter().map(|service| service.name.as_str()).collect::<Vec<_>>().join(", ");
                let has = if services.len() == 1 { "has" } else { "have" };
                let heading = format!("{names} {has} no manager any more");
                let gone = format!("The last person who kept the vacancies of {names} has gone.");
                let next = "The figures will grow old. Find out who looks after them now, and invite them.".to_owned();
                let link = match services.as_slice() {
                    [one] => self.people_of(one),
                    _ => self.config.link("admin"),
                };
                self.letter(heading, vec![gone, next], "Look at it", link, YOUR_ROLE)
            }
            News::Remarks { services } => {
                let heading = match services.as_slice() {
                    [one] => format!("Something may be wrong with the listing of {}", one.service.name),
                    several => format!("Something may be wrong with {} listings", several.len()),
                };
                let mut sentences: Vec<String> = services.iter().take(MOST_NAMED).map(said).collect();
                if services.len() > MOST_NAMED {
                    sentences.push(format!("And {} more.", services.len() - MOST_NAMED));
                }
                sentences.push("What they wrote is on the page.".to_owned());
                let link = self.config.link("admin/remarks");
                self.letter(heading, sentences, "Read and settle it", link, YOUR_ROLE)
            }
        }
    }

    fn letter(
        &self,
        heading: String,
        sentences: Vec<String>,
        button: &'static str,
        link: String,
        why: &'static str,
    ) -> Content {
        let subject = format!("{}: {heading}", self.config.site_name);
        Content { sender: self.sender(), subject, heading, sentences, button, link, why }
    }

    fn how(&self, link: Option<&String>) -> &'static str {
        if link.is_some() { ONCE } else { WITH_THIS_ADDRESS }
    }

    fn way_in(&self, link: Option<&String>) -> String {
        self.config.link(&link.map_or_else(|| "sign-in".to_owned(), |link| format!("sign-in/{link}")))
    }

    fn people_of(&self, service: &Named) -> String {
        self.config.link(&format!("services/{}/people", service.id))
    }

    fn claim_link(&self, claim: &ClaimId) -> String {
        self.config.link(&format!("claims/{}", claim_link::token(self.signer, claim)))
    }
}

/// What readers say of a service, in a sentence.
fn said(remarked: &Remarked) -> String {
    let each = remarked.wrong.iter().map(|(wrong, count)| format!("{} ({count})", wrong.label().to_lowercase()));
    format!("{}: {}.", remarked.service.name, each.collect::<Vec<_>>().join(", "))
}
