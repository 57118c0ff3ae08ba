//! The pages on which administrators change the words of the guides: a list of all texts, and one text
//! with its preview and versions. Who may change which is decided in `ops`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::{Serde, Value};
use url::form_urlencoded;

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::authority::AuthorityCode;
use crate::domain::guide_text::{Area, Edit, Saved, target};
use crate::domain::words::GuideKind;
use crate::guide::edited::FIGURES;
use crate::guide::facts::Fact;
use crate::guide::texts::Texts;
use crate::http::admin::{administrator, invite};
use crate::http::page::{FieldError, page_with, see_other};
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;
use crate::ops::{Refused, edit_guide};

const PATH: &str = "/admin/guides";

/// What a query or a form of these pages says; blank where it says nothing.
#[derive(Default)]
pub struct Asked {
    area: Option<String>,
    pub name: String,
    version: String,
    based_on: String,
    words: String,
    act: String,
    saved: bool,
}

impl Asked {
    pub fn read(query: &[u8]) -> Self {
        let mut asked = Self::default();
        for (key, value) in form_urlencoded::parse(query).into_owned() {
            match key.as_str() {
                "area" => asked.area = Some(value),
                "name" => asked.name = value,
                "version" => asked.version = value,
                "based_on" => asked.based_on = value,
                "words" => asked.words = value,
                "act" => asked.act = value,
                "saved" => asked.saved = true,
                _ => {}
            }
        }
        asked
    }

    /// The area that is asked for, or the first of theirs.
    pub fn area(&self, app: &App, actor: &Actor) -> Result<Area, Problem> {
        let area = match self.area.as_deref() {
            None => areas(app, actor).into_iter().next().ok_or_else(Problem::not_allowed)?.0,
            Some(code) => code.to_owned(),
        };
        let area = match area.as_str() {
            "" => None,
            code => Some(AuthorityCode::parse(code).ok_or_else(Problem::not_found)?),
        };
        if actor.may_administer(&target(&area)) { Ok(area) } else { Err(Problem::not_allowed()) }
    }

    /// Whether what is shipped shall hold again.
    pub fn is_shipped(&self) -> bool {
        self.act == "shipped"
    }

    pub fn based_on(&self) -> i64 {
        self.based_on.parse().unwrap_or(0)
    }
}

/// The areas whose words they may change: code and name, everywhere first.
fn areas(app: &App, actor: &Actor) -> Vec<(String, String)> {
    let everywhere = actor.may_administer(&target(&None)).then(|| (String::new(), "All council areas".to_owned()));
    everywhere.into_iter().chain(invite::authorities(&app.board.current(), actor)).collect()
}

/// What every one of these pages takes of its area.
pub fn of_area(app: &App, actor: &Actor, area: &Area) -> Value {
    let (code, areas) = (area.as_ref().map_or("", AuthorityCode::as_str), areas(app, actor));
    let name = areas.iter().find(|(known, _)| known == code).map_or(code, |(_, name)| name.as_str());
    context! { area => code, area_name => name, areas => Value::from(Serde(&areas)) }
}

/// The address of one text, or of one figure, in an area.
pub fn address(page: &str, area: &Area, name: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("area", area.as_ref().map_or("", AuthorityCode::as_str));
    if !name.is_empty() {
        query.append_pair("name", name);
    }
    format!("{PATH}{page}?{}", query.finish())
}

/// The texts as they are, read away from the threads that answer requests.
pub async fn texts_in(app: &Data<Arc<App>>, actor: Actor, area: &Area) -> Result<(Texts, Vec<Saved>), Problem> {
    let saved = edit_guide::current(&app.db, actor, area.clone()).await?;
    let texts = app.guides.texts_in(area, &saved).map_err(|why| Problem::broken(&why))?;
    Ok((texts, saved))
}

pub async fn list(app: Data<Arc<App>>, visitor: Visitor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    let asked = Asked::read(request.query_string().as_bytes());
    let area = asked.area(&app, &visitor.actor)?;
    let (texts, saved) = texts_in(&app, visitor.actor.clone(), &area).await?;
    let today = app.config.timezone.day(app.clock.now());
    let row = |name: &str| {
        let last = saved.iter().rev().find(|saved| saved.name == name && saved.words.is_some());
        context! {
            title => title(&texts, name),
            href => address("/words", &area, name),
            changed_at => last.map(|saved| saved.made_at.to_string()),
            of_area => last.is_some_and(|saved| saved.area == area),
            is_taken_away => texts.words(name).is_some_and(|words| words.trim().is_empty()),
        }
    };
    let group = |folder: &str| -> Vec<Value> {
        texts.names().filter(|name| name.split('/').next() == Some(folder)).map(row).collect()
    };
    let figures = texts.facts().facts.iter().map(|fact| figure_row(&texts, fact, &area, today));
    let mut groups: Vec<Value> =
        GuideKind::ALL.iter().map(|kind| context! { title => kind.label(), rows => group(kind.word()) }).collect();
    groups.push(context! { title => "Easy Read", rows => group("easy-read") });
    groups.push(context! { title => "Parts that both guides share", rows => group("both") });
    let own = context! {
        groups => groups,
        figures => figures.collect::<Vec<_>>(),
        mistakes => app.guides.mistakes(&texts, today),
        ..of_area(&app, &visitor.actor, &area)
    };
    page_with(StatusCode::OK, &app, &visitor, "admin_guides.html", own)
}

fn figure_row(texts: &Texts, fact: &Fact, area: &Area, today: chrono::NaiveDate) -> Value {
    let figure = texts.facts().figure(&fact.key, today);
    let overdue = fact.overdue(today);
    context! {
        what => fact.what.as_str(),
        href => address("/figure", area, &fact.key),
        now => figure.as_ref().map(|figure| figure.full.as_str()),
        period => figure.as_ref().map(|figure| figure.period.as_str()),
        why => overdue.map(|overdue| overdue.why),
        is_local => fact.is_local,
    }
}

/// How a list calls a text: its title, or what its file is called.
fn title(texts: &Texts, name: &str) -> String {
    let words = texts.words(name).filter(|words| !words.trim().is_empty()).or_else(|| texts.shipped(name));
    let first = words.and_then(|words| words.trim_start().lines().next()).and_then(|line| line.strip_prefix("# "));
    if let Some(title) = first {
        return title.trim().to_owned();
    }
    let file = name.rsplit('/').next().unwrap_or(name).trim_end_matches(".md").replace('-', " ");
    let mut letters = file.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// One text as somebody sees it while they change it.
struct Desk<'a> {
    app: &'a Data<Arc<App>>,
    visitor: &'a Visitor,
    area: &'a Area,
    name: &'a str,
    texts: &'a Texts,
    versions: &'a [Saved],
}

impl Desk<'_> {
    fn last(&self) -> i64 {
        self.versions.first().map_or(0, |last| last.version)
    }

    fn page(&self, status: StatusCode, words: &str, own: Value) -> Result<HttpResponse, Problem> {
        let versions = self.versions.iter().map(|saved| {
            context! {
                version => saved.version,
                at => saved.made_at.to_string(),
                by => saved.made_by.as_str(),
                is_shipped => saved.words.is_none(),
                href => format!("{}&version={}", address("/words", self.area, self.name), saved.version),
            }
        });
        let always = context! {
            name => self.name,
            title => title(self.texts, self.name),
            words => words,
            based_on => self.last(),
            versions => versions.collect::<Vec<_>>(),
            is_edited => self.versions.first().is_some_and(|last| last.words.is_some()),
            errors => Vec::<Value>::new(),
            ..of_area(self.app, &self.visitor.actor, self.area)
        };
        page_with(status, self.app, self.visitor, "admin_guide_words.html", context! { ..own, ..always })
    }

    /// What they typed, with what is wrong with it or how it would look.
    fn tried(&self, status: StatusCode, words: &str) -> Result<HttpResponse, Problem> {
        match self.app.guides.preview(self.texts, self.name, words, self.app.clock.now()) {
            Ok(html) => self.page(status, words, context! { preview => Value::from_safe_string(html) }),
            Err(why) => {
                let errors = [FieldError::new("words", why)];
                self.page(StatusCode::UNPROCESSABLE_ENTITY, words, context! { errors => Value::from(Serde(&errors)) })
            }
        }
    }
}

pub async fn edit(app: Data<Arc<App>>, visitor: Visitor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    let asked = Asked::read(request.query_string().as_bytes());
    let area = asked.area(&app, &visitor.actor)?;
    let (texts, versions) = open(&app, &visitor, &area, &asked.name).await?;
    let desk =
        Desk { app: &app, visitor: &visitor, area: &area, name: &asked.name, texts: &texts, versions: &versions };
    let former = asked.version.parse::<i64>().ok();
    let own = if asked.saved {
        context! { saved => true }
    } else {
        context! {}
    };
    match former.and_then(|former| versions.iter().find(|saved| saved.version == former)) {
        Some(former) => {
            let words = former.words.as_deref().or_else(|| texts.shipped(&asked.name)).unwrap_or_default();
            desk.page(StatusCode::OK, words, context! { former => former.version })
        }
        None => desk.page(StatusCode::OK, texts.words(&asked.name).unwrap_or_default(), own),
    }
}

/// The texts of an area, and the versions of one of them.
async fn open(
    app: &Data<Arc<App>>,
    visitor: &Visitor,
    area: &Area,
    name: &str,
) -> Result<(Texts, Vec<Saved>), Problem> {
    let (texts, _) = texts_in(app, visitor.actor.clone(), area).await?;
    if !texts.names().any(|known| known == name) || name.starts_with(FIGURES) {
        return Err(Problem::not_found());
    }
    let versions = edit_guide::history(&app.db, visitor.actor.clone(), area.clone(), name.to_owned()).await?;
    Ok((texts, versions))
}

pub async fn save(app: Data<Arc<App>>, visitor: Visitor, body: Bytes) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    let asked = Asked::read(&body);
    let area = asked.area(&app, &visitor.actor)?;
    let (texts, versions) = open(&app, &visitor, &area, &asked.name).await?;
    let desk =
        Desk { app: &app, visitor: &visitor, area: &area, name: &asked.name, texts: &texts, versions: &versions };
    let words = match asked.act.as_str() {
        "save" => Some(asked.words.clone()),
        "shipped" => None,
        _ => return desk.tried(StatusCode::OK, &asked.words),
    };
    if let Some(words) = &words
        && app.guides.preview(&texts, &asked.name, words, app.clock.now()).is_err()
    {
        return desk.tried(StatusCode::UNPROCESSABLE_ENTITY, words);
    }
    let edit = Edit { area: area.clone(), name: asked.name.clone(), based_on: asked.based_on(), words };
    match edit_guide::run(&app.db, &app.clock, visitor.actor.clone(), edit).await {
        Ok(_) => see_other(&format!("{}&saved=yes", address("/words", &area, &asked.name))),
        Err(Refused::Invalid(invalid)) => {
            let errors = [FieldError::new("words", invalid.to_string())];
            let own = context! { errors => Value::from(Serde(&errors)) };
            desk.page(StatusCode::UNPROCESSABLE_ENTITY, &asked.words, own)
        }
        Err(Refused::Stale(_)) => {
            let (texts, versions) = open(&app, &visitor, &area, &asked.name).await?;
            let desk = Desk { texts: &texts, versions: &versions, ..desk };
            let theirs = texts.words(&asked.name).unwrap_or_default();
            desk.page(StatusCode::CONFLICT, &asked.words, context! { theirs => theirs })
        }
        Err(other) => Err(other.into()),
    }
}
