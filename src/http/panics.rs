//! A handler that panics: a fault of ours like any other, said with its number in the log and in the answer.
//! Without this the connection would end without a word.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, ResponseError};
use futures_util::FutureExt;

use crate::app::App;
use crate::http::defences;
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;

/// Around all that answers. Who asked is not known any more, so people get the page of strangers.
pub async fn as_faults<B: MessageBody + 'static>(
    app: Data<Arc<App>>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let path = request.path().to_owned();
    let panic = match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(answer) => return answer,
        Err(panic) => panic,
    };
    let problem = Problem::broken(&format!("a handler panicked: {}", words(panic.as_ref())));
    let is_for_programs = path.starts_with("/api/");
    let page = (!is_for_programs).then(|| defences::as_page(&app, &Visitor::public(), &problem, &path));
    let mut answer = page.and_then(Result::ok).unwrap_or_else(|| problem.error_response());
    defences::protect(&app, answer.headers_mut());
    Err(InternalError::from_response(problem, answer).into())
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}

#[cfg(test)]
mod tests {
    use actix_web::dev::ServerHandle;
    use actix_web::web::get;
    use actix_web::{HttpResponse, HttpServer};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;
    use crate::base::clock::Clock;
    use crate::config::Config;
    use crate::http::requests::Requests;
    use crate::http::server::around;

    /// What a stranger asks on one connection, and every answer to it.
    async fn asked(app: &Arc<App>, paths: &[&str]) -> String {
        let (app, requests) = (Data::new(app.clone()), Data::new(Requests::default()));
        let server = HttpServer::new(move || {
            let panicking = || get().to(async || -> HttpResponse { panic!("a handler that panics") });
            let pages = actix_web::App::new().route("/page", panicking()).route("/api/v1/thing", panicking());
            around(pages.app_data(app.clone()).app_data(requests.clone()))
        });
        let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
        let address = server.addrs()[0];
        let running = server.run();
        let handle: ServerHandle = running.handle();
        actix_web::rt::spawn(running);
        let mut connection = TcpStream::connect(address).await.unwrap();
        for (number, path) in paths.iter().enumerate() {
            let end = if number + 1 == paths.len() { "close" } else { "keep-alive" };
            let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: {end}\r\n\r\n");
            connection.write_all(request.as_bytes()).await.unwrap();
        }
        let mut answers = String::new();
        connection.read_to_string(&mut answers).await.unwrap();
        handle.stop(true).await;
        answers
    }

    #[actix_web::test]
    async fn who_asked_gets_a_page_or_a_problem_with_a_number_and_keeps_the_connection() {
        let folder = tempfile::tempdir().unwrap();
        let environment = [("BERTH_DATA_DIR".to_owned(), folder.path().display().to_string())];
        let config = Config::from_sources(&[], &environment, None).unwrap();
        let (app, _) = App::open(config, Clock::default(), false).unwrap();
        let answers = asked(&app, &["/page", "/api/v1/thing"]).await;
        assert_eq!(answers.matches("HTTP/1.1 500").count(), 2, "{answers}");
        assert_eq!(answers.matches("content-security-policy:").count(), 2, "{answers}");
        let (page, problem) = answers.split_at(answers.rfind("HTTP/1.1").unwrap());
        assert!(page.contains("text/html") && page.contains("Sorry, there is a problem"), "{page}");
        assert!(problem.contains("application/problem+json") && problem.contains("\"error_id\""), "{problem}");
        assert!(!answers.contains("a handler that panics"), "{answers}");
    }
}
