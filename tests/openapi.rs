//! The description of the API is true: its paths are those of the route table, and real answers, to
//! all of its calls, are as its schemas say.

use std::cell::RefCell;
use std::collections::BTreeSet;

use berth::domain::care_service::CareServiceId;
use berth::domain::person::Target;
use berth::domain::words::{Role, Scope};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use crate::support::homes::{add, care_home, confirmed, nursing};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

const SOURCE: &str = include_str!("../web/openapi.json");
const ROUTES: &str = include_str!("../src/http/mod.rs");
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The description, and which of its calls have been seen to answer.
struct Description {
    document: Value,
    seen: RefCell<BTreeSet<String>>,
}

impl Description {
    fn read() -> Self {
        let mut document: Value = serde_json::from_str(SOURCE).unwrap();
        close(&mut document["components"]["schemas"]);
        Self { document, seen: RefCell::default() }
    }

    /// `get /services/{id}`
    fn calls(&self) -> BTreeSet<String> {
        let paths = self.document["paths"].as_object().unwrap();
        let calls = paths.iter().flat_map(|(path, operations)| {
            operations.as_object().unwrap().keys().map(move |method| format!("{method} {path}"))
        });
        calls.collect()
    }

    fn operation(&self, call: &str) -> &Value {
        let (method, path) = call.split_once(' ').unwrap();
        let operation = &self.document["paths"][path][method];
        assert!(operation.is_object(), "{call} is not described");
        operation
    }

    /// Whether a value is as a schema of the description says.
    fn holds(&self, what: &str, schema: &Value, value: &Value) {
        let mut whole = json!({ "components": self.document["components"] });
        whole.as_object_mut().unwrap().extend(schema.as_object().unwrap().clone());
        let validator = jsonschema::options().should_validate_formats(true).build(&whole).unwrap();
        let wrong: Vec<String> =
            validator.iter_errors(value).map(|error| format!("{} at {}", error, error.instance_path())).collect();
        assert!(wrong.is_empty(), "{what}: {wrong:?}\n{value:#}");
    }

    /// Whether an answer is as the description of its call says; its body.
    async fn answers(&self, call: &str, answer: Response) -> Value {
        let status = answer.status().as_u16();
        if status == 204 {
            assert!(
                self.operation(call)["responses"]["204"].is_object(),
                "{call} answered 204, which is not described"
            );
            self.seen.borrow_mut().insert(call.to_owned());
            return Value::Null;
        }
        let kind = answer.headers()["Content-Type"].to_str().unwrap().to_owned();
        let described = &self.operation(call)["responses"][status.to_string()];
        let described = match described["$ref"].as_str() {
            Some(reference) => self.document.pointer(reference.trim_start_matches('#')).unwrap(),
            None => described,
        };
        let schema = &described["content"][&kind]["schema"];
        let body: Value = answer.json().await.unwrap();
        assert!(schema.is_object(), "{call} answered {status} {kind}, which is not described: {body:#}");
        self.holds(&format!("{call} {status}"), schema, &body);
        if status < 300 {
            self.seen.borrow_mut().insert(call.to_owned());
        }
        body
    }
}

/// What is not described must not be answered: an object with properties has no others.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            map.values_mut().for_each(close);
            if map.contains_key("properties") && !map.contains_key("additionalProperties") {
                map.insert("additionalProperties".to_owned(), false.into());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_description_has_the_calls_of_the_route_table_and_no_others() {
    let table = ROUTES.split_once("fn api(").unwrap().1.split_once("\n}").unwrap().0;
    let quoted = |text: &'static str| text.split_once('"').unwrap();
    let mut routed = BTreeSet::new();
    let mut resource = "";
    for (index, piece) in table.split(".route(").enumerate() {
        if index > 0 {
            let (path, method) = match piece.trim_start().strip_prefix('"') {
                Some(own) => quoted(own),
                None => (resource, piece),
            };
            let method = method.trim_start_matches([',', ' ', '\n']).split_once("()").unwrap().0;
            assert!(METHODS.contains(&method), "{method} of {path}");
            routed.insert(format!("{method} {path}"));
        }
        if let Some((_, rest)) = piece.rsplit_once("resource(\"") {
            resource = quoted(rest).0;
        }
    }
    assert!(routed.len() > 10, "the route table was not read: {routed:?}");
    assert_eq!(Description::read().calls(), routed);
}

/// Somebody who calls the API.
struct Caller<'a> {
    server: &'a Server,
    description: &'a Description,
    client: Client,
    token: Option<String>,
}

impl Caller<'_> {
    /// Calls `METHOD /path`, with a body that must be as described; the answer must be, too.
    async fn call(&self, call: &str, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> (u16, Value) {
        let method = call.split(' ').next().unwrap().to_uppercase();
        let address = self.server.at(&format!("/api/v1{path}"));
        let mut request = self.client.request(Method::from_bytes(method.as_bytes()).unwrap(), address);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, self.description.answers(call, answer).await)
    }

    /// The same with a body that the description allows.
    async fn send(&self, call: &str, path: &str, body: Value, headers: &[(&str, &str)]) -> (u16, Value) {
        let schema = &self.description.operation(call)["requestBody"]["content"]["application/json"]["schema"];
        self.description.holds(&format!("what is sent to {call}"), schema, &body);
        self.call(call, path, Some(body), headers).await
    }
}

fn homes() -> Vec<berth::domain::care_service::CareService> {
    let mut homes = vec![care_home("1-1", "Alder House"), care_home("1-2", "Beech House")];
    homes[0].capacity = confirmed(stamp(BEGIN), vec![nursing(10, 8, 1)]);
    homes[0].facts.rating = serde_json::from_value(json!({ "overall": "good", "published_on": "2026-01-31" })).unwrap();
    let mut agency = care_home("1-3", "Cedar Homecare");
    agency.facts.kind = berth::domain::words::Kind::HomeCare;
    agency.facts.beds = None;
    homes.push(agency);
    homes
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_answers_as_the_description_says() {
    let home = Home::on_sqlite();
    add(&home.db(), stamp(BEGIN), homes());
    let server = Server::start_with(&home, &[("BERTH_PUSH_ALLOW_PRIVATE", "true")]);
    let description = &Description::read();
    let who = |client, token| Caller { server: &server, description, client, token };
    let all = vec![Target::All];
    let public = who(stranger(), None);
    let program = who(stranger(), Some(server.token(&[Scope::CapacityWrite], all.clone()).await));
    let staff = who(server.browser("staff@example.org", Role::Staff, all).await, None);
    let own = vec![Target::Service(CareServiceId::from_text("1-1"))];
    let manager = who(server.browser("manager@example.org", Role::Manager, own).await, None);

    read_calls(&public, &staff).await;
    capacity_calls(&public, &program, &manager).await;
    enquiry_calls(&public, &staff, &manager).await;
    alert_calls(&public, &staff, &manager).await;
    push_calls(&public).await;
    read_calls(&public, &staff).await;
    let unseen: Vec<String> = description.calls().difference(&description.seen.borrow()).cloned().collect();
    assert!(unseen.is_empty(), "these calls were not tried: {unseen:?}");
}

async fn read_calls(public: &Caller<'_>, staff: &Caller<'_>) {
    for caller in [public, staff] {
        for (call, path, status) in [
            ("get /services", "/services", 200),
            ("get /services", "/services?near=51.06,-1.31&limit=1&vacant=1", 200),
            ("get /services", "/services?limit=0", 400),
            ("get /services", "/services?near=ZZ99", 400),
            ("get /services/{id}", "/services/1-1", 200),
            ("get /services/{id}", "/services/1-3", 200),
            ("get /services/{id}", "/services/1-9", 404),
            ("get /changes", "/changes", 200),
            ("get /changes", "/changes?after=-1", 400),
            ("get /authorities", "/authorities", 200),
            ("get /statistics", "/statistics", 200),
            ("get /statistics", "/statistics?service=1-1", 200),
            ("get /statistics", "/statistics?from=tomorrow", 400),
            ("get /openapi.json", "/openapi.json", 200),
        ] {
            assert_eq!(caller.call(call, path, None, &[]).await.0, status, "{path}");
        }
    }
}

async fn capacity_calls(public: &Caller<'_>, program: &Caller<'_>, manager: &Caller<'_>) {
    let any = [("If-Match", "*")];
    let line = json!({
        "bed_type": "general_nursing", "stay": "permanent", "maximum": 10, "occupied": 6, "reserved": 1, "accepting": 2,
        "not_admittable": 1, "reason": "refurbishment", "gender": "female", "funding": ["self", "local_authority"],
        "weekly_fee": { "from": 120_000 }, "earliest_admission": "2026-12-01", "note": "Ground floor",
    });
    let update = json!({ "status": "open", "lines": [line] });
    let hours =
        json!({ "lines": [{ "area": "SO23", "time_of_day": "tea", "hours_available": 12, "double_handed": true }] });
    let put = "put /services/{id}/capacity";
    let (status, told) = program.send(put, "/services/1-1/capacity", update.clone(), &[("If-Match", "\"1\"")]).await;
    assert_eq!((status, &told["version"]), (200, &json!(2)));
    assert_eq!(program.send(put, "/services/1-3/capacity", hours, &any).await.0, 200);
    assert_eq!(public.send(put, "/services/1-1/capacity", update.clone(), &any).await.0, 401);
    assert_eq!(manager.send(put, "/services/1-2/capacity", update.clone(), &any).await.0, 403);
    assert_eq!(program.send(put, "/services/1-9/capacity", update.clone(), &any).await.0, 404);
    assert_eq!(program.send(put, "/services/1-1/capacity", update.clone(), &[("If-Match", "\"1\"")]).await.0, 412);
    assert_eq!(program.send(put, "/services/1-1/capacity", update, &[]).await.0, 428);
    let wrong = json!({ "lines": [{ "bed_type": "hammock" }], "resident": "somebody" });
    assert_eq!(program.call(put, "/services/1-1/capacity", Some(wrong), &any).await.0, 422);

    let confirm = "post /services/{id}/capacity/confirm";
    assert_eq!(manager.call(confirm, "/services/1-1/capacity/confirm", None, &[("Idempotency-Key", "a")]).await.0, 200);
    assert_eq!(manager.call(confirm, "/services/1-2/capacity/confirm", None, &[]).await.0, 403);
    let adjust = "post /services/{id}/capacity/adjust";
    let freed = json!({ "bed_type": "general_nursing", "accepting": 1 });
    assert_eq!(manager.send(adjust, "/services/1-1/capacity/adjust", freed.clone(), &[]).await.0, 200);
    assert_eq!(program.send(adjust, "/services/1-2/capacity/adjust", freed, &[]).await.0, 422);
}

async fn enquiry_calls(public: &Caller<'_>, staff: &Caller<'_>, manager: &Caller<'_>) {
    let ask = "post /enquiries";
    let hold = json!({
        "kind": "hold", "services": ["1-1", "1-2"], "case_reference": "LAS-204417",
        "need": { "bed_type": "general_nursing", "start": "2026-11-30", "funding": "self", "needs": ["hoist"] },
    });
    assert_eq!(public.send(ask, "/enquiries", hold.clone(), &[]).await.0, 401);
    assert_eq!(manager.send(ask, "/enquiries", hold.clone(), &[]).await.0, 403);
    assert_eq!(staff.call(ask, "/enquiries", Some(json!({ "kind": "beg" })), &[]).await.0, 422);
    let (status, made) = staff.send(ask, "/enquiries", hold, &[]).await;
    assert_eq!(status, 201);
    let path = format!("/enquiries/{}", made["id"].as_str().unwrap());

    let answer = "post /enquiries/{id}/answers/{service}";
    let yes = json!({ "answer": "yes", "until": "2026-11-23T09:30:00Z" });
    assert_eq!(manager.send(answer, &format!("{path}/answers/1-1"), yes.clone(), &[]).await.0, 200);
    assert_eq!(manager.send(answer, &format!("{path}/answers/1-2"), yes.clone(), &[]).await.0, 404);
    assert_eq!(staff.send(answer, &format!("{path}/answers/1-1"), yes, &[]).await.0, 403);
    assert_eq!(manager.call(answer, &format!("{path}/answers/1-1"), Some(json!({})), &[]).await.0, 422);
    let get = "get /enquiries/{id}";
    assert_eq!(staff.call(get, &path, None, &[]).await.0, 200);
    assert_eq!(manager.call(get, "/enquiries/none", None, &[]).await.0, 404);
    let withdraw = "post /enquiries/{id}/withdraw";
    assert_eq!(manager.call(withdraw, &format!("{path}/withdraw"), None, &[]).await.0, 403);
    assert_eq!(staff.call(withdraw, &format!("{path}/withdraw"), None, &[]).await.0, 200);
}

async fn alert_calls(public: &Caller<'_>, staff: &Caller<'_>, manager: &Caller<'_>) {
    let (list, create) = ("get /alerts", "post /alerts");
    let alert = json!({ "name": "Nursing", "query": "vacant=1&kind=care_home", "channels": ["daily"] });
    assert_eq!(public.call(list, "/alerts", None, &[]).await.0, 401);
    let (status, made) = staff.send(create, "/alerts", alert, &[]).await;
    assert_eq!((status, &made["state"]), (201, &json!("active")));
    let mail = json!({ "name": "Nursing", "query": "vacant=1", "channels": ["mail"], "email": "family@example.org" });
    let (status, asked) = public.send(create, "/alerts", mail, &[]).await;
    assert_eq!((status, &asked["state"]), (201, &json!("asked")));
    assert_eq!(
        public.call(create, "/alerts", Some(json!({ "name": "Nursing", "query": "colour=red" })), &[]).await.0,
        422
    );
    assert_eq!(staff.call(list, "/alerts", None, &[]).await.1["alerts"], json!([made]));

    let path = format!("/alerts/{}", made["id"].as_str().unwrap());
    let (change, end) = ("patch /alerts/{id}", "delete /alerts/{id}");
    let weekly = json!({ "channels": ["weekly"], "hour": 9 });
    assert_eq!(manager.send(change, &path, weekly.clone(), &[]).await.0, 404);
    let (status, changed) = staff.send(change, &path, weekly, &[]).await;
    assert_eq!((status, &changed["channels"], &changed["hour"]), (200, &json!(["weekly"]), &json!(9)));
    assert_eq!(manager.call(end, &path, None, &[]).await.0, 404);
    assert_eq!(staff.call(end, &path, None, &[]).await.0, 204);
    assert_eq!(staff.call(list, "/alerts", None, &[]).await.1["alerts"], json!([]));
}

async fn push_calls(public: &Caller<'_>) {
    let (status, key) = public.call("get /push/key", "/push/key", None, &[]).await;
    assert_eq!((status, key["key"].as_str().unwrap().is_empty()), (200, false));
    let (keep, forget) = ("post /push/subscriptions", "delete /push/subscriptions");
    let path = "/push/subscriptions";
    let browser = |endpoint: &str| {
        // The keys of a browser that nobody has: a point of the curve, and sixteen bytes.
        let p256dh = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
        json!({ "endpoint": endpoint, "keys": { "p256dh": p256dh, "auth": "BTBZMqHH6r4Tts7J_aSIgg" } })
    };
    assert_eq!(public.call(keep, path, Some(json!({ "endpoint": "https://127.0.0.1/a" })), &[]).await.0, 422);
    assert_eq!(public.send(keep, path, browser("https://127.0.0.1/push/a"), &[]).await.0, 201);
    let test = "post /push/subscriptions/test";
    let endpoint = json!({ "endpoint": "https://127.0.0.1/push/a" });
    assert_eq!(public.send(test, &format!("{path}/test"), endpoint, &[]).await.0, 204);
    assert_eq!(public.send(forget, path, json!({ "endpoint": "https://127.0.0.1/push/a" }), &[]).await.0, 204);
    assert_eq!(public.send(forget, path, json!({ "endpoint": "https://127.0.0.1/push/a" }), &[]).await.0, 404);
}
