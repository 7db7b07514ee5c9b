//! The photos of the demo: who took which pictures where, and what the models and the adjuster made of them.

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::canvas::{Colour, Dice};
use super::findings::{Finding, SURFACE_MODEL, findings};
use super::picture::{HEIGHT, Picture, Scene, WIDTH, draw};
use crate::seed::Error;

/// Where the pictures would be on S3.
const BUCKET: &str = "s3://fieldgraph-demo";

/// The photos of one visit.
pub struct Visit {
    /// Key of the project.
    pub project: &'static str,
    /// Key of the user who took them.
    pub uploader: &'static str,
    /// Key of the user who confirms or rejects what was detected.
    pub adjuster: &'static str,
    /// Make and model of the camera.
    pub camera: (&'static str, &'static str),
    /// When the first was taken.
    pub begins: DateTime<Utc>,
    /// Latitude and longitude.
    pub place: (f64, f64),
    /// Number of the first picture, as the camera counts.
    pub number: u32,
    /// The pictures.
    pub shots: &'static [Shot],
}

/// One picture: scene, what it is made of, hail hits, cracks, how far it is, labels that people gave it.
pub struct Shot(
    pub Scene,
    pub Material,
    pub u32,
    pub u32,
    pub State,
    pub &'static [&'static str],
);

/// What a roof, a wall or a heap is made of.
#[derive(Debug, Clone, Copy)]
pub struct Material {
    /// How the model calls it.
    pub label: &'static str,
    /// How it looks.
    pub colour: Colour,
}

/// How far a photo is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Announced; the file has not come.
    Pending,
    /// Stored, in the queue.
    Queued,
    /// A model is looking at it.
    Started,
    /// The model could not read it, and nobody tried again yet.
    Failed,
    /// Detected, nobody looked.
    Done,
    /// Detected at the second attempt.
    Retried,
    /// The adjuster agreed with what was detected.
    Confirmed,
    /// The adjuster did not agree.
    Rejected,
    /// Detected, then put in the bin.
    Binned,
}

/// What was drawn: the file for the storage, and the row for the database.
pub struct Photograph {
    /// Key in the storage.
    pub key: String,
    /// The PNG; none for a photo that is still pending.
    pub file: Option<Vec<u8>>,
    /// What `photos.sql` reads.
    pub row: Value,
}

/// Draws the pictures of an organization's visits.
pub fn develop(slug: &str, visits: &[Visit]) -> Result<Vec<Photograph>, Error> {
    visits
        .iter()
        .flat_map(|visit| visit.shots.iter().zip(0..).map(move |shot| (visit, shot)))
        .map(|(visit, (shot, index))| photograph(slug, visit, shot, index))
        .collect()
}

fn photograph(slug: &str, visit: &Visit, shot: &Shot, index: u32) -> Result<Photograph, Error> {
    let &Shot(scene, material, hail, cracks, state, labels) = shot;
    let number = visit.number + index * 3;
    let taken = visit.begins + Duration::seconds(i64::from(index) * 97);
    let key = format!(
        "{}/{}/IMG_{number}.png",
        visit.project,
        taken.format("%Y-%m-%d")
    );
    let picture = draw(scene, material.colour, hail, cracks, u64::from(number));
    let file = match state {
        State::Pending => None,
        _ => Some(picture.canvas.png().map_err(|source| Error::Picture {
            key: key.clone(),
            source,
        })?),
    };
    let uploaded = (state != State::Pending).then(|| taken + Duration::minutes(18));
    let mut row = json!({
        "project": visit.project, "uploader": visit.uploader,
        "s3_url": format!("{BUCKET}/{slug}/{key}"), "s3_key": key,
        "file_size_bytes": file.as_ref().map(Vec::len),
        "width": file.as_ref().map(|_| WIDTH), "height": file.as_ref().map(|_| HEIGHT),
        "exif_data": exif(visit, taken, index),
        "uploaded_at": uploaded.map(written), "created_at": written(taken + Duration::minutes(17)),
        "deleted_at": (state == State::Binned).then(|| written(taken + Duration::hours(30))),
        "detections": [], "tags": [], "events": [],
    });
    if let Some(uploaded) = uploaded {
        let story = Story {
            visit,
            state,
            dice: Dice(u64::from(number) << 20),
            uploaded,
        };
        let (detections, tags, events) = story.tell(scene, material, &picture, labels);
        row["detections"] = detections.into();
        row["tags"] = tags.into();
        row["events"] = events.into();
    }
    Ok(Photograph { key, file, row })
}

fn exif(visit: &Visit, taken: DateTime<Utc>, index: u32) -> Value {
    let step = f64::from(index) * 0.000_07;
    let rounded = |degrees: f64| (degrees * 1e6).round() / 1e6;
    json!({
        "Make": visit.camera.0,
        "Model": visit.camera.1,
        "DateTimeOriginal": taken.format("%Y:%m:%d %H:%M:%S").to_string(),
        "GPSLatitude": rounded(visit.place.0 + step),
        "GPSLongitude": rounded(visit.place.1 - step / 2.0),
        "Orientation": 1,
    })
}

/// What happened to one photo after its file came.
struct Story<'visit> {
    visit: &'visit Visit,
    state: State,
    dice: Dice,
    uploaded: DateTime<Utc>,
}

impl Story<'_> {
    fn tell(
        mut self,
        scene: Scene,
        material: Material,
        picture: &Picture,
        labels: &[&str],
    ) -> (Vec<Value>, Vec<Value>, Vec<Value>) {
        let mut events = vec![event("queued", self.uploaded + Duration::seconds(2), None)];
        if self.state != State::Queued {
            events.push(self.attempt(9));
        }
        let mut tags: Vec<Value> = labels.iter().map(|label| self.label(label)).collect();
        let mut detections = Vec::new();
        if matches!(self.state, State::Failed | State::Retried) {
            events.push(self.failure());
        }
        if matches!(self.state, State::Queued | State::Started | State::Failed) {
            return (detections, tags, events);
        }
        let mut clock = self.uploaded + Duration::seconds(9);
        if self.state == State::Retried {
            clock += Duration::minutes(6);
            events.push(event("queued", clock - Duration::seconds(5), None));
            events.push(self.attempt(369));
        }
        for Finding(name, kind, model, results) in findings(scene, material, picture) {
            let spent = self.dice.roll(180, 2400);
            clock += Duration::milliseconds(i64::from(spent));
            let confidence = f64::from(self.dice.roll(61, 99)) / 100.0;
            tags.push(json!({
                "detection": name, "tag": results["label"], "source": "ai",
                "confidence": confidence, "created_at": written(clock),
            }));
            if name == "surface" && scene != Scene::Heap {
                let part = if scene == Scene::Wall { "wall" } else { "roof" };
                tags.push(json!({
                    "detection": name, "tag": part, "source": "ai", "confidence": 0.99, "created_at": written(clock),
                }));
            }
            let verdict = self.verdict(name);
            let confirmed = verdict.is_some() && self.state == State::Confirmed;
            detections.push(json!({
                "name": name, "detection_type": kind, "model_version": model, "results": results,
                "confidence": confidence, "processing_time_ms": spent, "user_feedback": verdict,
                "confirmed_by": confirmed.then_some(self.visit.adjuster),
                "confirmed_at": confirmed.then(|| written(self.uploaded + Duration::hours(22))),
                "created_at": written(clock),
            }));
            let mut completed = event("completed", clock, Some(model));
            completed["detection"] = json!(name);
            completed["duration_ms"] = json!(spent);
            events.push(completed);
        }
        (detections, tags, events)
    }

    fn attempt(&self, seconds: i64) -> Value {
        let mut started = event(
            "started",
            self.uploaded + Duration::seconds(seconds),
            Some(SURFACE_MODEL),
        );
        started["detail"] = json!({ "worker": "gpu-1" });
        started
    }

    fn failure(&self) -> Value {
        let mut failed = event(
            "failed",
            self.uploaded + Duration::seconds(12),
            Some(SURFACE_MODEL),
        );
        failed["duration_ms"] = json!(3012);
        failed["detail"] =
            json!({ "error": "the model ran out of memory", "worker": "gpu-1", "attempt": 1 });
        failed
    }

    fn label(&self, tag: &str) -> Value {
        json!({ "tag": tag, "source": "user", "created_at": written(self.uploaded + Duration::minutes(25)) })
    }

    /// What the adjuster says of a finding. Nobody argues about what a surface is made of.
    fn verdict(&mut self, name: &str) -> Option<Value> {
        let comments = match name {
            "hail" => [
                "Fresh hits, bare mat visible. Consistent with the storm of 14 September.",
                "Agreed, counted on site.",
            ],
            "crack" => [
                "Goes through the joint and lets water in.",
                "Seen on site, position and length are right.",
            ],
            "heap" => ["Two skips, as ordered.", "Matches the weighing note."],
            _ => return None,
        };
        match self.state {
            State::Confirmed => {
                let comment = comments[self.dice.roll(0, 2) as usize];
                Some(json!({ "verdict": "confirmed", "comment": comment }))
            }
            State::Rejected => Some(json!({
                "verdict": "rejected", "suggested_label": "wear",
                "comment": "Worn by foot traffic, older than the claim.",
            })),
            _ => None,
        }
    }
}

fn event(stage: &str, at: DateTime<Utc>, model: Option<&str>) -> Value {
    json!({ "stage": stage, "model_version": model, "occurred_at": written(at) })
}

fn written(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}
