//! Administrators change the words and figures of the guides in the browser: for their own council area,
//! seen before it is saved, and nobody's words are lost. What the words may hold is promised in `guide/`.

use berth::domain::authority::AuthorityCode;
use berth::domain::person::Target;
use berth::domain::words::Role;
use chrono::Duration;
use reqwest::{Client, StatusCode};
use tokio::test;

use crate::support::command::berth;
use crate::support::homes::{add, authority, care_home};
use crate::support::html::{Page, get, press, value};
use crate::support::server::Server;
use crate::support::{BEGIN, Home, stamp};

const HAMPSHIRE: &str = "E10000014";
const PORTSMOUTH: &str = "E06000044";
const WORDS: &str = "/admin/guides/words";
const FIGURE: &str = "/admin/guides/figure";
const CHAPTER: &str = "residential/14-moving-in.md";

fn of(code: &str) -> Vec<Target> {
    vec![Target::Authority(AuthorityCode::parse(code).unwrap())]
}

/// A home in Hampshire, one in Portsmouth, and an administrator of Hampshire.
async fn begin(home: &Home) -> (Server, Client) {
    let mut beech = care_home("1-2", "Beech House");
    beech.facts.authority = authority(PORTSMOUTH, "Portsmouth");
    add(&home.db(), stamp(BEGIN), vec![care_home("1-1", "Alder House"), beech]);
    let server = Server::start(home);
    let admin = server.browser("admin@example.org", Role::Admin, of(HAMPSHIRE)).await;
    (server, admin)
}

async fn open(server: &Server, browser: &Client, name: &str) -> Page {
    get(browser, &server.at(&format!("{WORDS}?area={HAMPSHIRE}&name={name}"))).await
}

/// Presses a button of the page with these words.
async fn send(server: &Server, browser: &Client, page: &Page, act: &str, words: &str) -> Page {
    press(browser, server, page, WORDS, &[("words", words), ("act", act)]).await
}

async fn text_of(server: &Server, filter: &str) -> String {
    let address = server.at(&format!("/guides/residential.txt?{filter}"));
    reqwest::get(address).await.unwrap().text().await.unwrap()
}

async fn save(server: &Server, browser: &Client, name: &str, words: &str) {
    let page = open(server, browser, name).await;
    let done = send(server, browser, &page, "save", words).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert!(get(browser, &server.at(done.location())).await.says("Saved. The next guide is made with these words."));
}

#[test(flavor = "multi_thread")]
async fn a_council_s_own_words_are_in_its_own_guide_from_the_next_one_on_and_in_no_other() {
    for home in Home::on_each() {
        let (server, admin) = begin(&home).await;
        assert!(text_of(&server, &format!("authority={HAMPSHIRE}")).await.contains("14. Moving in"));
        save(&server, &admin, CHAPTER, "# Settling\n\nBring **your own chair**.\n").await;
        let own = text_of(&server, &format!("authority={HAMPSHIRE}")).await;
        assert!(own.contains("14. Settling") && own.contains("Bring your own chair."), "{own}");
        for others in [String::new(), format!("authority={PORTSMOUTH}")] {
            assert!(!text_of(&server, &others).await.contains("14. Settling"), "{others}");
        }
        save(&server, &admin, "both/local-help.md", "Phone 01632 960111.").await;
        let joint = text_of(&server, "").await;
        assert!(joint.contains("Hampshire\n\nPhone 01632 960111."), "{joint}");
        assert!(!text_of(&server, &format!("authority={PORTSMOUTH}")).await.contains("960111"));
        let list = get(&admin, &server.at("/admin/guides")).await;
        assert!(list.says("Settling Changed 9:30am, 22 November 2026"), "{}", list.text());
    }
}

#[test(flavor = "multi_thread")]
async fn every_version_is_kept_and_a_former_one_or_what_was_shipped_comes_back() {
    for home in Home::on_each() {
        let (server, admin) = begin(&home).await;
        save(&server, &admin, CHAPTER, "# One\n\nFirst.").await;
        save(&server, &admin, CHAPTER, "# Two\n\nSecond.").await;
        let page = open(&server, &admin, CHAPTER).await;
        assert!(page.says("Now: version 2 , 9:30am, 22 November 2026, by admin"), "{}", page.text());
        let former = page.links().into_iter().find(|link| link.ends_with("version=1")).unwrap();
        let former = get(&admin, &server.at(&former)).await;
        assert!(
            former.says("This is version 1.") && former.html.contains("# One\n\nFirst.</textarea>"),
            "{}",
            former.html
        );
        assert_eq!(value(&former.form(WORDS), "based_on"), "2");
        let done = send(&server, &admin, &former, "save", "# One\n\nFirst.").await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        let hampshire = format!("authority={HAMPSHIRE}");
        assert!(text_of(&server, &hampshire).await.contains("14. One"));
        let page = open(&server, &admin, CHAPTER).await;
        assert_eq!(value(&page.form(WORDS), "based_on"), "3");
        send(&server, &admin, &page, "shipped", "").await;
        assert!(text_of(&server, &hampshire).await.contains("14. Moving in"));
        assert!(open(&server, &admin, CHAPTER).await.says("back to the words that came with the service"));
        let audit = get(&admin, &server.at("/admin/audit")).await;
        assert!(audit.says("Changed the words of a guide residential/14-moving-in.md, version 4"), "{}", audit.text());
    }
}

#[test(flavor = "multi_thread")]
async fn words_are_seen_before_they_are_saved_and_broken_ones_are_never_saved() {
    let home = Home::on_sqlite();
    let (server, admin) = begin(&home).await;
    let page = open(&server, &admin, CHAPTER).await;
    let markup =
        "# Moving <script>alert(1)</script>\n\nTake **care**. #panic() {% raw %} <b onclick=x>\n\n- [ ] [ ] Who?\n";
    let seen = send(&server, &admin, &page, "preview", markup).await;
    assert_eq!(seen.status, StatusCode::OK);
    assert!(seen.html.contains("<strong>care</strong>") && seen.html.contains("aria-label=\"Home 1: Who?\""));
    assert!(!seen.html.contains("<script>alert") && !seen.html.contains("<b onclick"), "{}", seen.html);
    assert!(!text_of(&server, &format!("authority={HAMPSHIRE}")).await.contains("Take care"), "not saved");
    for (broken, why) in [
        ("No title", "must begin with its title"),
        ("# T\n\n{{fcn|x}}", "{{fcn}} is not a figure"),
        ("# T\n\n{{include nobody}}", "There is no both/nobody.md."),
        ("# T\n\n*slanted*", "Italics are hard to read"),
        ("# T\n\n[x](javascript:alert(1))", "A link must lead to"),
        ("# T\n\n{{fnc.standard|x", "lacks its"),
    ] {
        for act in ["save", "preview"] {
            let answer = send(&server, &admin, &page, act, broken).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{act} {broken}");
            assert!(answer.error_at("words").contains(why), "{broken}: {:?}", answer.summary());
            assert!(answer.says(broken.split('\n').next().unwrap()), "what was typed is kept");
        }
    }
    save(&server, &admin, CHAPTER, markup).await;
    let pdf = reqwest::get(server.at(&format!("/guides/residential.pdf?authority={HAMPSHIRE}"))).await.unwrap();
    assert_eq!(pdf.status(), StatusCode::OK, "markup in words is words");
    save(&server, &admin, CHAPTER, "").await;
    assert!(!text_of(&server, &format!("authority={HAMPSHIRE}")).await.contains("Moving"), "an empty text is left out");
}

#[test(flavor = "multi_thread")]
async fn of_two_who_write_at_once_the_second_sees_what_the_first_saved_and_nothing_is_lost() {
    for home in Home::on_each() {
        let (server, one) = begin(&home).await;
        let other = server.browser("other@example.org", Role::Admin, of(HAMPSHIRE)).await;
        let (of_one, of_other) = (open(&server, &one, CHAPTER).await, open(&server, &other, CHAPTER).await);
        send(&server, &one, &of_one, "save", "# Mine\n\nA.").await;
        let answer = send(&server, &other, &of_other, "save", "# Yours\n\nB.").await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert!(answer.says("What they saved # Mine A."), "{}", answer.text());
        assert!(answer.html.contains("# Yours\n\nB.</textarea>"));
        assert!(text_of(&server, &format!("authority={HAMPSHIRE}")).await.contains("14. Mine"));
        let done = send(&server, &other, &answer, "save", "# Both\n\nA and B.").await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        assert!(text_of(&server, &format!("authority={HAMPSHIRE}")).await.contains("14. Both"));
    }
}

#[test(flavor = "multi_thread")]
async fn words_are_for_who_administers_the_area_and_those_of_everywhere_for_operators() {
    let home = Home::on_sqlite();
    let (server, admin) = begin(&home).await;
    for area in [PORTSMOUTH, "", "E99999999"] {
        let page = get(&admin, &server.at(&format!("{WORDS}?area={area}&name={CHAPTER}"))).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{area}");
        let own = open(&server, &admin, CHAPTER).await;
        let typed = [("area", area), ("words", "# X\n\ny"), ("act", "save")];
        assert_eq!(press(&admin, &server, &own, WORDS, &typed).await.status, StatusCode::FORBIDDEN, "{area}");
    }
    for name in ["residential/99-none.md", "../config", "figures/pea", ""] {
        assert_eq!(open(&server, &admin, name).await.status, StatusCode::NOT_FOUND, "{name}");
    }
    let operator = server.browser("op@example.org", Role::Operator, Vec::new()).await;
    let page = get(&operator, &server.at(&format!("{WORDS}?area=&name={CHAPTER}"))).await;
    send(&server, &operator, &page, "save", "# For all\n\nHello.").await;
    for filter in [String::new(), format!("authority={HAMPSHIRE}")] {
        assert!(text_of(&server, &filter).await.contains("14. For all"), "{filter}");
    }
    save(&server, &admin, CHAPTER, "# For Hampshire\n\nHello.").await;
    assert!(text_of(&server, &format!("authority={HAMPSHIRE}")).await.contains("14. For Hampshire"));
    assert!(text_of(&server, "").await.contains("14. For all"));
}

async fn figure(server: &Server, browser: &Client, key: &str, typed: &[(&str, &str)]) -> Page {
    let page = get(browser, &server.at(&format!("{FIGURE}?area={HAMPSHIRE}&name={key}"))).await;
    press(browser, server, &page, FIGURE, &[&[("act", "save")], typed].concat()).await
}

#[test(flavor = "multi_thread")]
async fn a_figure_that_somebody_looked_up_is_printed_while_it_holds_and_listed_when_it_ends() {
    for home in Home::on_each() {
        let (server, admin) = begin(&home).await;
        let hampshire = format!("authority={HAMPSHIRE}");
        assert!(text_of(&server, &hampshire).await.contains("This year’s amount: ask your council."));
        let list = get(&admin, &server.at("/admin/guides")).await;
        assert!(
            list.says("Personal expenses allowance in a care home Not printed its value is not known"),
            "{}",
            list.text()
        );
        let typed = [
            ("value", "£31.70"),
            ("until-day", "5"),
            ("until-month", "april"),
            ("until-year", "2027"),
            ("confidence", "official"),
            ("source", "https://rates.example/2026"),
        ];
        let done = figure(&server, &admin, "pea", &typed).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{:?}", done.summary());
        let own = text_of(&server, &hampshire).await;
        assert!(own.contains("This year’s amount: £31.70.") && own.contains("https://rates.example/2026"), "{own}");
        assert!(!text_of(&server, "").await.contains("31.70"));
        let local = [("value", "612"), ("confidence", "official"), ("source", "our rates")];
        figure(&server, &admin, "local.residential", &local).await;
        assert!(text_of(&server, &hampshire).await.contains("£612"));
        home.clock.advance(Duration::days(135));
        let admin = server.browser("later@example.org", Role::Admin, of(HAMPSHIRE)).await;
        assert!(!text_of(&server, &hampshire).await.contains("31.70"));
        let list = get(&admin, &server.at("/admin/guides")).await;
        assert!(
            list.says("Not printed its period ended on 5 April 2027; look at https://rates.example/2026"),
            "{}",
            list.text()
        );
        let advice = server.app.guides.advice(home.clock.now()).join("\n");
        assert!(advice.contains("the figure pea of Hampshire is left out of the guides: its period ended"), "{advice}");
    }
}

#[test(flavor = "multi_thread")]
async fn mistakes_in_a_figure_stand_beside_their_fields_and_nothing_is_saved() {
    let home = Home::on_sqlite();
    let (server, admin) = begin(&home).await;
    let good = [("value", "1"), ("confidence", "official"), ("source", "s")];
    for (wrong, field, why) in [
        (&[("value", "a lot")][..], "value", "Enter a number"),
        (&[("value", "-1")], "value", "Enter a number"),
        (&[("until-day", "31"), ("until-month", "2"), ("until-year", "2027")], "until", "Enter a real date"),
        (&[("source", "")], "source", "Enter where you read it"),
        (&[("confidence", "sure")], "confidence", "Choose how sure you are"),
        (
            &[
                ("from-day", "2"),
                ("from-month", "5"),
                ("from-year", "2027"),
                ("until-day", "1"),
                ("until-month", "5"),
                ("until-year", "2027"),
            ],
            "until",
            "must not be before the first",
        ),
    ] {
        let page = figure(&server, &admin, "lpa.fee", &[&good, wrong].concat()).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}");
        assert!(page.error_at(field).contains(why), "{wrong:?}: {:?}", page.summary());
    }
    assert_eq!(get(&admin, &server.at(&format!("{FIGURE}?name=nothing"))).await.status, StatusCode::NOT_FOUND);
    assert!(server.app.guides.saved().unwrap().is_empty());
}

#[test(flavor = "multi_thread")]
async fn words_that_a_later_release_cannot_read_are_left_out_and_check_says_so() {
    let home = Home::on_sqlite();
    let (server, _) = begin(&home).await;
    let saved = berth::domain::guide_text::Saved {
        area: AuthorityCode::parse(HAMPSHIRE),
        name: CHAPTER.to_owned(),
        version: 1,
        words: Some("# Old\n\n{{gone.figure|x}}".to_owned()),
        made_at: stamp(BEGIN),
        made_by: "admin".to_owned(),
    };
    server.app.db.write(move |c| berth::store::guide_texts::add(c, &saved)).await.unwrap();
    assert!(text_of(&server, &format!("authority={HAMPSHIRE}")).await.contains("14. Moving in"));
    let said = berth(&home, &["check"]).stdout;
    assert!(
        said.contains(
            "Hampshire: the shipped words hold instead of edited ones: In residential/14-moving-in.md: {{gone.figure}}"
        ),
        "{said}"
    );
}

#[test(flavor = "multi_thread")]
async fn easy_read_is_plainly_empty_until_editors_write_it_and_then_offered() {
    for home in Home::on_each() {
        let (server, admin) = begin(&home).await;
        let page = |filter: &str| reqwest::get(server.at(&format!("/guides/residential.easy-read.html{filter}")));
        let hampshire = format!("?authority={HAMPSHIRE}");
        let empty = page(&hampshire).await.unwrap().text().await.unwrap();
        assert!(empty.contains("Nobody has written this Easy Read guide yet.") && !empty.contains("Alder House"));
        let about = server.at(&format!("/guides/residential{hampshire}"));
        assert!(!reqwest::get(&about).await.unwrap().text().await.unwrap().contains("easy-read.html"));
        let words = "# Care homes\n\n- [picture: a <b>door</b>] You can live in a **care home**.\n";
        save(&server, &admin, "easy-read/residential.md", words).await;
        let written = page(&hampshire).await.unwrap();
        assert!(written.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
        let written = written.text().await.unwrap();
        for part in [
            "Picture: a &lt;b&gt;door&lt;/b&gt;",
            "You can live in a <strong>care home</strong>.",
            "<h2>Care homes</h2>",
        ] {
            assert!(written.contains(part), "{part}: {written}");
        }
        assert!(!written.contains("Contents") && !written.contains("Index"));
        assert!(reqwest::get(&about).await.unwrap().text().await.unwrap().contains("easy-read.html"));
        assert!(page("").await.unwrap().text().await.unwrap().contains("Nobody has written"), "of one council alone");
    }
}
