//! Reads the filter of a request and looks up what it names, with the same words everywhere.
//! What matches is the board's business.

use crate::app::App;
use crate::domain::filter::Filter;
use crate::domain::filter_text::Asked;
use crate::domain::invalid::Invalid;
use crate::http::problem::Problem;
use crate::ops::Refused;
use crate::store::places;

/// The filter of an API call; keys in `others` belong to the call itself.
pub async fn from_query(app: &App, query: &str, others: &[&str]) -> Result<Filter, Problem> {
    let asked = Asked::parse(query, others).map_err(|invalid| Problem::bad_request(&invalid))?;
    resolve(app, asked).await?.map_err(|invalid| Problem::bad_request(&invalid))
}

/// The filter of a page's form, whose blank fields ask for nothing; the mistakes are for the page.
pub async fn from_form(app: &App, query: &str, others: &[&str]) -> Result<Result<Filter, Invalid>, Problem> {
    match Asked::parse_form(query, others) {
        Ok(asked) => resolve(app, asked).await,
        Err(invalid) => Ok(Err(invalid)),
    }
}

async fn resolve(app: &App, asked: Asked) -> Result<Result<Filter, Invalid>, Problem> {
    match places::find(&app.db, asked).await {
        Ok(filter) => Ok(Ok(filter)),
        Err(Refused::Invalid(invalid)) => Ok(Err(invalid)),
        Err(other) => Err(other.into()),
    }
}
