//! Requests as bytes, made before anything is timed.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::engine::Running;
use crate::operation::{ORGANIZATION, Operation, PHOTO, RECORDED, SERIAL, detection};
use crate::truth::Organization;

/// A request, with the places where a number goes that is used once.
#[derive(Clone, Debug)]
pub struct Request {
    bytes: Vec<u8>,
    serials: Vec<usize>,
}

impl Request {
    /// Of a member of an organization; `photo` is a place in the organization's list.
    pub fn new(
        engine: &Running,
        operation: Operation,
        token: Option<&str>,
        organization: &Organization,
        photo: &str,
    ) -> Self {
        let variables = match operation {
            Operation::Record => {
                let photos = organization.photos.iter().cycle().take(RECORDED);
                let detections: Vec<Value> =
                    photos.map(|photo| detection(&photo.to_string())).collect();
                json!({ "input": { "detections": detections } }).to_string()
            }
            _ => engine
                .variables(operation)
                .to_string()
                .replace(PHOTO, photo)
                .replace(ORGANIZATION, &organization.id.to_string()),
        };
        let body = format!(
            r#"{{"operationName":"{}","query":{},"variables":{variables}}}"#,
            operation.name(),
            json!(engine.document(operation)),
        );
        let authorization = token.map_or_else(String::new, |token| {
            format!("Authorization: Bearer {token}\r\n")
        });
        let bytes = format!(
            "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nAccept: application/json\r\n{authorization}Content-Length: {}\r\n\r\n{body}",
            engine.port(),
            body.len(),
        )
        .into_bytes();
        let serials = bytes
            .windows(SERIAL.len())
            .enumerate()
            .filter(|(_, window)| *window == SERIAL.as_bytes())
            .map(|(place, _)| place)
            .collect();
        Self { bytes, serials }
    }

    /// The bytes to send; `space` is where they are put together when a number has to go in.
    pub fn bytes<'a>(&'a self, space: &'a mut Vec<u8>) -> &'a [u8] {
        /// Never the same twice in a run: a label is set on a photo once.
        static NEXT: AtomicU32 = AtomicU32::new(0);
        if self.serials.is_empty() {
            return &self.bytes;
        }
        let serial = format!("{:07}", NEXT.fetch_add(1, Ordering::Relaxed) % 10_000_000);
        space.clone_from(&self.bytes);
        for &place in &self.serials {
            space[place..place + SERIAL.len()].copy_from_slice(serial.as_bytes());
        }
        space
    }
}
