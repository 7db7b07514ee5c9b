//! Before anything is timed: are the answers right, does a write write the same rows everywhere, and do the walls stand?

use chrono::{TimeDelta, Utc};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::Value;

use crate::Failure;
use crate::answer::rows;
use crate::client::Connection;
use crate::cluster::Cluster;
use crate::drive::{Expected, Load};
use crate::engine::Running;
use crate::operation::{Operation, RECORDED};
use crate::request::Request;
use crate::tokens::{SECRET, token};
use crate::truth::Organization;

/// How many rows there are of what a write writes.
type Count = [i64; 3];

/// Asks everything that will be asked later, once, and answers with the requests and what has to come back.
pub async fn check(
    engine: &Running,
    operations: &[Operation],
    truth: &[Organization],
    cluster: &Cluster,
) -> Result<Vec<Load>, Failure> {
    let mut check = Check::begin(engine, truth, cluster).await?;
    let mut loads = Vec::new();
    for &operation in operations {
        if engine.knows(operation) {
            loads.push(check.operation(operation).await?);
        }
    }
    check.walls().await?;
    Ok(loads)
}

struct Check<'a> {
    engine: &'a Running,
    truth: &'a [Organization],
    cluster: &'a Cluster,
    connection: Connection,
    tokens: Vec<String>,
}

impl<'a> Check<'a> {
    async fn begin(
        engine: &'a Running,
        truth: &'a [Organization],
        cluster: &'a Cluster,
    ) -> Result<Self, Failure> {
        let connection = Connection::open(engine.port())
            .await
            .map_err(Failure::system(format!("connect to {}", engine.name())))?;
        let now = Utc::now();
        let tokens = truth
            .iter()
            .map(|organization| token(organization, SECRET, now))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            engine,
            truth,
            cluster,
            connection,
            tokens,
        })
    }

    async fn operation(&mut self, operation: Operation) -> Result<Load, Failure> {
        let truth = self.truth;
        let photos = if operation.names_a_photo() {
            truth
                .iter()
                .map(|organization| organization.photos.len())
                .min()
                .unwrap_or(0)
        } else {
            1
        };
        let mut requests = Vec::with_capacity(photos * truth.len());
        // The organizations take turns, so that no two requests in a row are the same tenant's.
        for place in 0..photos {
            for (number, organization) in truth.iter().enumerate() {
                let photo = organization.photos[place].to_string();
                let token = Some(self.tokens[number].as_str());
                let request = Request::new(self.engine, operation, token, organization, &photo);
                let expected = match (operation, requests.first()) {
                    // One write is checked for all: they differ in ids, which are of one length.
                    (Operation::Write | Operation::Record, Some((_, Expected::Length(length)))) => {
                        Expected::Length(*length)
                    }
                    (Operation::Write | Operation::Record, _) => {
                        self.write(operation, &request).await?
                    }
                    _ => {
                        self.read(operation, &request, right(operation, organization, place))
                            .await?
                    }
                };
                requests.push((request, expected));
            }
        }
        Ok(Load {
            operation,
            requests,
        })
    }

    async fn read(
        &mut self,
        operation: Operation,
        request: &Request,
        right: &Value,
    ) -> Result<Expected, Failure> {
        let (status, body) = self.ask(request).await?;
        let found = rows(&body, self.engine.path(operation));
        if status == 200 && found.as_ref() == Some(right) {
            return Ok(Expected::Bytes(body));
        }
        Err(self.wrong(
            operation,
            &body,
            &format!("{right} was expected, status {status}"),
        ))
    }

    async fn write(
        &mut self,
        operation: Operation,
        request: &Request,
    ) -> Result<Expected, Failure> {
        let before = self.count().await?;
        let (status, body) = self.ask(request).await?;
        let after = self.count().await?;
        let (number, tags) = match operation {
            Operation::Record => (RECORDED, 0),
            _ => (1, 2),
        };
        let detection = |row: &Value| {
            let labels = row["tags"].as_array().map_or(0, Vec::len);
            row["id"].is_string()
                && row["detectionType"] == "damage"
                && row["confidence"] == 0.875
                && labels == tags
        };
        let written = rows(&body, self.engine.path(operation));
        // One that was written is a list of one, or stands alone.
        let written = written.as_ref().map(|written| match written {
            Value::Array(rows) => rows.as_slice(),
            one => std::slice::from_ref(one),
        });
        if status != 200
            || !written.is_some_and(|rows| rows.len() == number && rows.iter().all(detection))
        {
            return Err(self.wrong(
                operation,
                &body,
                &format!("{number} with {tags} tags were expected, status {status}"),
            ));
        }
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let tags = i64::try_from(tags).unwrap_or(i64::MAX) * number;
        let expected = [before[0] + number, before[1] + tags, before[2] + number];
        if after != expected {
            let fault = format!(
                "detections, tags and lines of the trail went from {before:?} to {after:?}, not to {expected:?}"
            );
            return Err(self.wrong(operation, &body, &fault));
        }
        Ok(Expected::Length(body.len()))
    }

    /// Nobody is shown a photo of another organization, or writes to it, and nobody without a token that is valid now.
    async fn walls(&mut self) -> Result<(), Failure> {
        let (owner, stranger) = (&self.truth[0], self.tokens[1].clone());
        let now = Utc::now();
        let expired = token(owner, SECRET, now - TimeDelta::days(2))?;
        let forged = token(owner, "a secret that nobody else knows of", now)?;
        let photo = owner.photos[0].to_string();
        let key = owner.points[0]["s3Key"].as_str().unwrap_or_default();
        for (who, token) in [
            ("another organization", Some(stranger.as_str())),
            ("an expired token", Some(expired.as_str())),
            ("a forged token", Some(forged.as_str())),
            ("nobody", None),
        ] {
            for operation in [Operation::Point, Operation::Write, Operation::Record] {
                if !self.engine.knows(operation) {
                    continue;
                }
                let request = Request::new(self.engine, operation, token, owner, &photo);
                let before = self.count().await?;
                let (_, body) = self.ask(&request).await?;
                let shown = String::from_utf8_lossy(&body).contains(key);
                if shown || self.count().await? != before {
                    return Err(self.wrong(operation, &body, &format!("{who} passes the wall")));
                }
            }
        }
        Ok(())
    }

    async fn ask(&mut self, request: &Request) -> Result<(u16, Vec<u8>), Failure> {
        let mut space = Vec::new();
        let asked = self.connection.ask(request.bytes(&mut space)).await;
        let answer = asked.map(|(status, body)| (status, body.to_vec()));
        match answer {
            Ok(answer) => Ok(answer),
            // Some hang up on whom they do not know.
            Err(_) => {
                self.connection =
                    Connection::open(self.engine.port())
                        .await
                        .map_err(Failure::system(format!(
                            "connect to {}",
                            self.engine.name()
                        )))?;
                Ok((0, Vec::new()))
            }
        }
    }

    async fn count(&self) -> Result<Count, Failure> {
        let superuser = self.cluster.superuser();
        let row = superuser
            .query_one_raw(Statement::from_string(
                superuser.get_database_backend(),
                "SELECT (SELECT count(*) FROM detections) AS detections, (SELECT count(*) FROM tags) AS tags, (SELECT count(*) FROM audit_logs) AS trail",
            ))
            .await?;
        let Some(row) = row else { return Ok([0; 3]) };
        Ok([
            row.try_get("", "detections")?,
            row.try_get("", "tags")?,
            row.try_get("", "trail")?,
        ])
    }

    fn wrong(&self, operation: Operation, body: &[u8], fault: &str) -> Failure {
        let shortened = |text: &str| text.chars().take(2000).collect::<String>();
        let body = String::from_utf8_lossy(body);
        Failure::engine(
            self.engine.name(),
            format!(
                "{}: {}\nthe answer was: {}",
                operation.name(),
                shortened(fault),
                shortened(&body)
            ),
        )
    }
}

fn right(operation: Operation, organization: &Organization, place: usize) -> &Value {
    match operation {
        Operation::Page => &organization.page,
        Operation::Wide => &organization.wide,
        Operation::Nested => &organization.nested,
        _ => &organization.points[place],
    }
}
