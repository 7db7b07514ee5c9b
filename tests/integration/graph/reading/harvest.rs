//! Cursors out of answers, for the questions that follow.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use uuid::Uuid;

use super::documents::{Known, List};

/// The cursors that an answer told of a list.
pub fn harvest(body: &Value, list: &List, known: &mut Vec<Known>) {
    let mut places = vec![&body["data"]];
    for step in &list.path {
        places = places
            .into_iter()
            .flat_map(|place| match place {
                Value::Array(places) => places.iter().collect(),
                place => vec![place],
            })
            .map(|place| &place[step])
            .collect();
    }
    for connection in places {
        let mut cursors = Vec::new();
        // In the page itself and one object below it, whatever they are called there.
        let fields = connection
            .as_object()
            .into_iter()
            .flat_map(|fields| fields.values());
        for field in fields {
            let objects = match field {
                Value::Array(values) => values.iter().collect(),
                value => vec![value],
            };
            let values = objects
                .into_iter()
                .filter_map(Value::as_object)
                .flat_map(|object| object.values());
            cursors.extend(
                values
                    .filter_map(Value::as_str)
                    .filter(|text| is_cursor(text)),
            );
        }
        known.extend(cursors.into_iter().take(3).map(|cursor| Known {
            connection: list.connection.clone(),
            arguments: list.arguments.clone(),
            cursor: cursor.to_owned(),
        }));
    }
}

fn is_cursor(text: &str) -> bool {
    URL_SAFE_NO_PAD
        .decode(text)
        .is_ok_and(|bytes| serde_json::from_slice::<(u64, Vec<Value>, Uuid)>(&bytes).is_ok())
}
