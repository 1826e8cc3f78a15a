//! `/batch/v1`: several requests in one.

use serde_json::{Value, json};

use super::router::{Call, check, dispatch};
use crate::{
    http::{
        Error, RestResponse,
        request::{Given, nest, pairs},
        response::Body,
        url::decode,
    },
    rest::{
        Caller,
        params::{Kind, Param, Params, param, required},
    },
    state::State,
};

pub(super) const CREATE: &[Param] = &[
    param("validation", Kind::OneOf(&["require-all-validate", "normal"])),
    required("requests", Kind::Requests(25)),
];

pub(super) fn run(state: &mut State, caller: &Caller, params: &Params) -> Result<RestResponse, Error> {
    let requests = params.get("requests").and_then(Value::as_array).cloned().unwrap_or_default();
    let calls: Vec<Result<Call, Error>> = requests.iter().map(|request| call(caller, request)).collect();
    let checked: Vec<Option<Error>> = calls
        .iter()
        .map(|call| match call {
            Ok(call) => check(caller, call).err(),
            Err(error) => Some(error.clone()),
        })
        .collect();
    if params.text("validation").as_deref() == Some("require-all-validate")
        && checked.iter().any(Option::is_some)
    {
        // Nothing runs, and what is valid has no response.
        let responses: Vec<Value> = checked
            .into_iter()
            .map(|error| error.map_or(Value::Null, |error| envelope(error.into())))
            .collect();
        return Ok(RestResponse::json(207, json!({ "failed": "validation", "responses": responses })));
    }
    let responses: Vec<Value> = calls
        .into_iter()
        .map(|call| match call {
            Ok(call) => envelope(dispatch(state, caller, call)),
            Err(error) => envelope(error.into()),
        })
        .collect();
    Ok(RestResponse::json(207, json!({ "responses": responses })))
}

fn envelope(mut response: RestResponse) -> Value {
    response.envelop();
    match response.body {
        Body::Json(body) => body,
        _ => Value::Null,
    }
}

/// A request of the batch, if its route may be in one.
fn call(caller: &Caller, request: &Value) -> Result<Call, Error> {
    let text = |key: &str| request[key].as_str().unwrap_or_default();
    let (path, query) = text("path").split_once('?').unwrap_or((text("path"), ""));
    let method = if text("method").is_empty() { "POST" } else { text("method") };
    let body = request["body"].as_object().cloned().unwrap_or_default();
    let given = Given { query: nest(&pairs(query)), form: body, ..Given::default() };
    let call = Call { method: method.to_owned(), route: decode(path), given, body_error: None };
    match caller.routes.find(&call.route) {
        Some((route, _)) if !route.allows_batch() => {
            let message = "The requested route does not support batch requests.";
            Err(Error::new(400, "rest_batch_not_allowed", message))
        }
        _ => Ok(call),
    }
}
