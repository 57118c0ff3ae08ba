//! The server on its port: pages, API and live stream together. When it starts and stops is decided
//! by who runs it.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_http::HttpService;
use actix_server::Server;
use actix_service::{ServiceFactory, ServiceFactoryExt, map_config};
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::Data;

use crate::app::App;
use crate::http::limits::{ChangeLimit, SignInLimit};
use crate::http::requests::{self, Requests};
use crate::http::{defences, live, panics, routes};
use crate::live::socket;

pub use actix_server::ServerHandle;

/// A client that does not finish its headers in this time is let go.
const PATIENCE_FOR_HEADERS: Duration = Duration::from_secs(10);
/// At the end, requests under way get this long.
const PATIENCE_AT_THE_END: u64 = 20;

/// A server that runs, and the way to stop it.
pub struct Running {
    pub server: Server,
    pub handle: ServerHandle,
}

/// Starts to answer on a port that is already bound.
pub fn start(app: &Arc<App>, listener: TcpListener, workers: usize) -> std::io::Result<Running> {
    listener.set_nonblocking(true)?;
    // Made once, so that every worker counts the same tries.
    let app = Data::new(app.clone());
    let (tries, changes) = (Data::new(SignInLimit::default()), Data::new(ChangeLimit::default()));
    let requests = Data::new(Requests::default());
    let server = Server::build()
        .workers(workers)
        .disable_signals()
        .shutdown_timeout(PATIENCE_AT_THE_END)
        .listen("berth", listener, move || {
            let watched = Arc::clone(app.get_ref());
            let pages = actix_web::App::new()
                .configure(routes(app.clone(), tries.clone(), changes.clone()))
                .app_data(app.clone())
                .app_data(requests.clone());
            HttpService::build()
                .client_request_timeout(PATIENCE_FOR_HEADERS)
                .upgrade(socket::upgrade(watched.live.clone(), move |request| live::admit(watched.clone(), request)))
                .finish(map_config(around(pages), |()| AppConfig::default()))
                .tcp()
                .map_err(drop)
        })?
        .run();
    let handle = server.handle();
    Ok(Running { server, handle })
}

/// What every request and every answer passes, whoever answers.
pub fn around<T, B>(
    app: actix_web::App<T>,
) -> actix_web::App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
>
where
    T: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<B>, Error = Error, InitError = ()>,
    T: 'static,
    B: MessageBody + 'static,
{
    app.wrap(from_fn(defences::headers))
        .wrap(from_fn(panics::as_faults))
        .wrap(Compress::default())
        .wrap(from_fn(requests::count))
}
