//! A collector of OpenTelemetry as small as can be: takes OTLP over HTTP and hands over what it holds, read
//! by the types that are generated from OpenTelemetry's own description.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

const PATIENCE: Duration = Duration::from_secs(60);

pub struct Collector {
    pub url: String,
    came: Receiver<(String, ExportTraceServiceRequest)>,
    spans: Vec<Span>,
}

impl Collector {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (tell, came) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let tell = tell.clone();
                std::thread::spawn(move || serve(stream, &tell));
            }
        });
        Self { url, came, spans: Vec::new() }
    }

    /// The first span that is so, as soon as it has come.
    pub fn span(&mut self, is_it: impl Fn(&Span) -> bool) -> Span {
        let begun = Instant::now();
        loop {
            if let Some(span) = self.spans.iter().find(|span| is_it(span)) {
                return span.clone();
            }
            let left = PATIENCE.saturating_sub(begun.elapsed());
            let (head, request) = self.came.recv_timeout(left).unwrap_or_else(|_| panic!("only {:?}", self.spans));
            assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
            assert!(head.to_lowercase().contains("content-type: application/x-protobuf"), "{head}");
            for resource in request.resource_spans {
                let about = resource.resource.unwrap_or_default().attributes;
                assert_eq!(text(&about, "service.name").as_deref(), Some("berth"));
                self.spans.extend(resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
            }
        }
    }

    pub fn spans(&self) -> &[Span] {
        &self.spans
    }
}

/// What an attribute holds, as text.
pub fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    let value = attributes.iter().find(|attribute| attribute.key == key)?.value.clone()?.value?;
    Some(match value {
        any_value::Value::StringValue(text) => text,
        any_value::Value::IntValue(number) => number.to_string(),
        other => format!("{other:?}"),
    })
}

fn serve(stream: TcpStream, tell: &Sender<(String, ExportTraceServiceRequest)>) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if let Some(told) = line.to_lowercase().strip_prefix("content-length:") {
                length = told.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
            head += &line;
        }
        let mut content = vec![0; length];
        reader.read_exact(&mut content).unwrap();
        reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        if tell.send((head, ExportTraceServiceRequest::decode(content.as_slice()).unwrap())).is_err() {
            return;
        }
    }
}
