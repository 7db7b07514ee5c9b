//! The Idempotency-Key: what was carried out once is not carried out again, and is answered the same.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait};
use serde_json::{Value, json};
use support::{Answer, Gateway, TestDatabase, value};
use uuid::Uuid;

const IMPORT: &str = "mutation Import($photos: [ImportedPhotoInput!]!) {
  importPhotos(input: { photos: $photos }) { photos { id s3Key createdAt } errors { code path } }
}";

/// The demo, a contractor of it, and the superuser to see what really happened.
struct Bench {
    gateway: Gateway,
    superuser: DatabaseConnection,
    database: TestDatabase,
    token: String,
    project: Uuid,
}

impl Bench {
    async fn new() -> Self {
        let database = TestDatabase::demo().await;
        let gateway = Gateway::start(&database).await;
        let superuser = database.superuser().await;
        Self {
            token: gateway
                .token("northwind", "contractor@northwind.example")
                .await,
            project: project_of(&superuser, "contractor@northwind.example").await,
            gateway,
            superuser,
            database,
        }
    }

    /// What imports a photo for each object.
    fn import(&self, objects: &[&str]) -> Value {
        import(self.project, objects)
    }

    /// A request with a key, to be completed and sent by the test.
    fn request(&self, token: &str, key: &str, body: &Value) -> RequestBuilder {
        self.gateway
            .request(Method::POST, "/graphql")
            .header("Accept", "application/graphql-response+json")
            .header("Idempotency-Key", key)
            .bearer_auth(token)
            .json(body)
    }

    async fn send(&self, key: &str, body: &Value) -> Answer {
        Answer::of(self.request(&self.token, key, body)).await
    }

    /// Sends without waiting for the answer.
    fn start(&self, key: &str, body: &Value) -> tokio::task::JoinHandle<Answer> {
        tokio::spawn(Answer::of(self.request(&self.token, key, body)))
    }

    async fn count(&self, what: &str) -> i64 {
        value(&self.superuser, &format!("SELECT count(*) FROM {what}")).await
    }

    /// The photos of an object, and what the audit trail tells of them.
    async fn assert_imported_once(&self, object: &str) {
        let photos = format!("photos WHERE s3_key = '{object}'");
        assert_eq!(self.count(&photos).await, 1, "photos of {object}");
        let told = format!(
            "audit_logs WHERE action = 'photo.create' AND resource_id IN (SELECT id FROM {photos})"
        );
        assert_eq!(self.count(&told).await, 1, "audit rows of {object}");
    }

    async fn change_keys(&self, set: &str) {
        let changed = format!("UPDATE idempotency_keys SET {set}");
        self.superuser.execute_unprepared(&changed).await.unwrap();
    }

    /// Lets nobody at the photos until it is committed.
    async fn lock_photos(&self) -> DatabaseTransaction {
        let lock = self.superuser.begin().await.unwrap();
        lock.execute_unprepared("LOCK TABLE photos IN ACCESS EXCLUSIVE MODE")
            .await
            .unwrap();
        lock
    }

    /// Until somebody waits for the lock of a table.
    async fn until_one_waits(&self, table: &str) {
        let waiting = format!("pg_locks WHERE NOT granted AND relation = '{table}'::regclass");
        self.until(&waiting, 1).await;
    }

    async fn until(&self, what: &str, count: i64) {
        let waiting = async {
            while self.count(what).await != count {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), waiting)
            .await
            .unwrap_or_else(|_| panic!("a minute passed, and there are still not {count} {what}"));
    }
}

async fn project_of(superuser: &DatabaseConnection, email: &str) -> Uuid {
    value(
        superuser,
        &format!(
            "SELECT member.project_id FROM project_members member JOIN users ON users.id = user_id
             WHERE email = '{email}' ORDER BY 1 LIMIT 1"
        ),
    )
    .await
}

fn import(project: Uuid, objects: &[&str]) -> Value {
    let photos: Vec<Value> = objects
        .iter()
        .map(|object| json!({ "projectId": project, "s3Url": "s3://bucket", "s3Key": object }))
        .collect();
    json!({ "query": IMPORT, "variables": { "photos": photos } })
}

#[track_caller]
fn assert_replayed(again: &Answer, first: &Answer) {
    assert_eq!(first.header("Idempotent-Replay"), "");
    assert_eq!(again.header("Idempotent-Replay"), "true", "{}", again.text);
    assert_eq!(again.status, first.status);
    assert_eq!(again.text, first.text);
}

#[tokio::test]
async fn the_same_request_again_is_answered_the_same_and_changes_nothing() {
    let bench = Bench::new().await;
    let request = bench.import(&["once"]);
    let first = bench.send("a-key", &request).await;
    assert_eq!(
        first.data()["importPhotos"]["photos"][0]["s3Key"],
        "once",
        "{}",
        first.text
    );
    for _ in 0..2 {
        assert_replayed(&bench.send("a-key", &request).await, &first);
    }
    let as_json = bench
        .request(&bench.token, "a-key", &request)
        .header("Accept", "application/json");
    assert_replayed(&Answer::of(as_json).await, &first);
    bench.assert_imported_once("once").await;
    // Another key is another request, which finds the object taken.
    let other = bench.send("another-key", &request).await;
    assert_eq!(
        other.data()["importPhotos"]["errors"][0]["code"],
        "ALREADY_EXISTS",
        "{}",
        other.text
    );
    bench.assert_imported_once("once").await;
}

#[tokio::test]
async fn the_key_of_another_request_is_refused() {
    let bench = Bench::new().await;
    let request = bench.import(&["first"]);
    let first = bench.send("a-key", &request).await;
    first.data();
    let mut renamed = request.clone();
    renamed["operationName"] = json!("Import");
    let mut spaced = request.clone();
    spaced["query"] = json!(format!("{IMPORT} "));
    for other in [bench.import(&["second"]), renamed, spaced] {
        let answer = bench.send("a-key", &other).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert_eq!(answer.code(), "BAD_REQUEST");
        assert!(answer.message().contains("Idempotency-Key"));
        assert_eq!(answer.header("Idempotent-Replay"), "");
    }
    assert_eq!(bench.count("photos WHERE s3_key = 'second'").await, 0);
    // The order in which a client writes an object's fields says nothing.
    let shuffled = format!(
        r#"{{"variables":{{"photos":[{{"s3Key":"first","s3Url":"s3://bucket","projectId":"{}"}}]}},"query":{}}}"#,
        bench.project,
        json!(IMPORT)
    );
    let shuffled = bench
        .gateway
        .request(Method::POST, "/graphql")
        .header("Content-Type", "application/json")
        .header("Idempotency-Key", "a-key")
        .bearer_auth(&bench.token)
        .body(shuffled);
    assert_replayed(&Answer::of(shuffled).await, &first);
}

#[tokio::test]
async fn a_key_is_its_users_alone() {
    let bench = Bench::new().await;
    let first = bench.send("a-key", &bench.import(&["mine"])).await;
    first.data();
    for (organization, email, object) in [
        ("northwind", "contractor_2@northwind.example", "theirs"),
        ("northwind", "admin@northwind.example", "the-admins"),
        ("alpine", "contractor@alpine.example", "mine"),
    ] {
        let token = bench.gateway.token(organization, email).await;
        let owner = email.replace("admin@", "contractor@");
        let request = import(project_of(&bench.superuser, &owner).await, &[object]);
        let theirs = Answer::of(bench.request(&token, "a-key", &request)).await;
        let photo = &theirs.data()["importPhotos"]["photos"][0];
        assert_eq!(photo["s3Key"], object, "{email}: {}", theirs.text);
        let again = Answer::of(bench.request(&token, "a-key", &request)).await;
        assert_replayed(&again, &theirs);
    }
    assert_replayed(&bench.send("a-key", &bench.import(&["mine"])).await, &first);
    assert_eq!(bench.count("photos WHERE s3_key = 'mine'").await, 2);
}

#[tokio::test]
async fn two_at_the_same_moment_are_carried_out_once() {
    let bench = Bench::new().await;
    let request = bench.import(&["once"]);
    let lock = bench.lock_photos().await;
    let one = bench.start("a-key", &request);
    bench.until_one_waits("photos").await;
    for busy in [&request, &bench.import(&["another"])] {
        let busy = bench.send("a-key", busy).await;
        assert_eq!(busy.status, 409, "{}", busy.text);
        assert_eq!(busy.code(), "BAD_REQUEST");
        assert_eq!(busy.header("Retry-After"), "1");
    }
    lock.commit().await.unwrap();
    let first = one.await.unwrap();
    first.data();
    assert_replayed(&bench.send("a-key", &request).await, &first);
    bench.assert_imported_once("once").await;
    assert_eq!(bench.count("photos WHERE s3_key = 'another'").await, 0);
}

#[tokio::test]
async fn many_at_the_same_moment_are_carried_out_once() {
    let bench = Bench::new().await;
    let request = bench.import(&["once"]);
    let sent: Vec<_> = (0..12).map(|_| bench.start("a-key", &request)).collect();
    let first = bench.send("a-key", &request).await;
    for answer in sent {
        let answer = answer.await.unwrap();
        assert!(
            [200, 409].contains(&answer.status.as_u16()),
            "{}",
            answer.text
        );
        if answer.status == 200 {
            assert_eq!(answer.data()["importPhotos"]["photos"][0]["s3Key"], "once");
        }
    }
    assert!(
        [200, 409].contains(&first.status.as_u16()),
        "{}",
        first.text
    );
    let last = bench.send("a-key", &request).await;
    assert_eq!(last.header("Idempotent-Replay"), "true", "{}", last.text);
    bench.assert_imported_once("once").await;
}

/// Between the look whether the key is known and its claim, another request was answered.
#[tokio::test]
async fn who_was_overtaken_gets_the_answer_of_who_was_quicker() {
    let bench = Bench::new().await;
    let request = bench.import(&["once"]);
    let first = bench.send("a-key", &request).await;
    first.data();
    for (quicker, status) in [
        ("expires_at = expires_at", 200),
        ("answer = NULL", 409),
        ("request_hash = repeat('a', 64)", 422),
    ] {
        bench.change_keys("key = 'elsewhere'").await;
        let lock = bench.superuser.begin().await.unwrap();
        // Who reads may go on, who writes waits.
        lock.execute_unprepared("LOCK TABLE idempotency_keys IN SHARE MODE")
            .await
            .unwrap();
        let overtaken = bench.start("a-key", &request);
        bench.until_one_waits("idempotency_keys").await;
        lock.execute_unprepared(&format!(
            "UPDATE idempotency_keys SET key = 'a-key', {quicker}"
        ))
        .await
        .unwrap();
        lock.commit().await.unwrap();
        let overtaken = overtaken.await.unwrap();
        assert_eq!(overtaken.status, status, "{}", overtaken.text);
        if status == 200 {
            assert_replayed(&overtaken, &first);
        }
    }
    bench.assert_imported_once("once").await;
}

#[tokio::test]
async fn a_request_that_breaks_down_may_be_sent_again() {
    let bench = Bench::new().await;
    let request = bench.import(&["once"]);
    let lock = bench.lock_photos().await;
    let one = bench.start("a-key", &request);
    bench.until_one_waits("photos").await;
    bench
        .superuser
        .execute_unprepared(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted AND relation = 'photos'::regclass",
        )
        .await
        .unwrap();
    let broken = one.await.unwrap();
    assert_eq!(broken.code(), "UNAVAILABLE", "{}", broken.text);
    lock.commit().await.unwrap();
    let second = bench.send("a-key", &request).await;
    second.data();
    assert_replayed(&bench.send("a-key", &request).await, &second);
    bench.assert_imported_once("once").await;
}

#[tokio::test]
async fn an_answer_that_nobody_waited_for_is_kept() {
    let bench = Bench::new().await;
    let request = bench.import(&["once"]);
    let lock = bench.lock_photos().await;
    let gone = bench.start("a-key", &request);
    bench.until_one_waits("photos").await;
    gone.abort();
    assert!(gone.await.is_err_and(|error| error.is_cancelled()));
    lock.commit().await.unwrap();
    bench
        .until("idempotency_keys WHERE answer IS NOT NULL", 1)
        .await;
    let again = bench.send("a-key", &request).await;
    assert_eq!(again.header("Idempotent-Replay"), "true", "{}", again.text);
    assert_eq!(again.data()["importPhotos"]["photos"][0]["s3Key"], "once");
    bench.assert_imported_once("once").await;
}

#[tokio::test]
async fn what_was_not_done_may_be_tried_again_and_be_put_right() {
    let bench = Bench::new().await;
    let wrong = bench.send("a-key", &bench.import(&["right", ""])).await;
    let errors = &wrong.data()["importPhotos"]["errors"];
    assert_eq!(errors[0]["code"], "INVALID", "{}", wrong.text);
    assert_eq!(bench.count("idempotency_keys").await, 0);
    let viewer = bench
        .gateway
        .token("northwind", "viewer@northwind.example")
        .await;
    let forbidden = bench.request(&viewer, "a-key", &bench.import(&["right"]));
    assert_eq!(Answer::of(forbidden).await.code(), "FORBIDDEN");
    assert_eq!(bench.count("idempotency_keys").await, 0);
    let right = bench.send("a-key", &bench.import(&["right"])).await;
    right.data();
    bench.assert_imported_once("right").await;
    assert_replayed(
        &bench.send("a-key", &bench.import(&["right"])).await,
        &right,
    );
}

#[tokio::test]
async fn several_mutations_of_a_document_are_one_request() {
    let bench = Bench::new().await;
    let photo = |object: &str| {
        format!(
            "importPhotos(input: {{ photos: [{{ projectId: \"{}\", s3Url: \"s3://bucket\", s3Key: \"{object}\" }}] }}) {{ photos {{ id }} errors {{ code }} }}",
            bench.project
        )
    };
    let document = format!(
        "mutation {{ wrong: {} first: {} again: {} second: {} }}",
        photo(""),
        photo("first"),
        photo("first"),
        photo("second")
    );
    let request = json!({ "query": document });
    let first = bench.send("a-key", &request).await;
    let data = first.data();
    assert_eq!(data["wrong"]["errors"][0]["code"], "INVALID");
    assert!(data["first"]["photos"][0]["id"].is_string());
    assert_eq!(data["again"]["errors"][0]["code"], "ALREADY_EXISTS");
    assert!(data["second"]["photos"][0]["id"].is_string());
    assert_replayed(&bench.send("a-key", &request).await, &first);
    bench.assert_imported_once("first").await;
    bench.assert_imported_once("second").await;
    assert_eq!(bench.count("idempotency_keys").await, 1);
}

#[tokio::test]
async fn an_expired_key_is_as_good_as_new_and_the_others_are_swept() {
    let bench = Bench::new().await;
    for (key, object) in [("a-key", "first"), ("another-key", "second")] {
        bench.send(key, &bench.import(&[object])).await.data();
    }
    let left = "idempotency_keys WHERE expires_at BETWEEN now() + interval '23 hours 59 minutes' AND now() + interval '24 hours'";
    assert_eq!(bench.count(left).await, 2);
    bench.change_keys("expires_at = now()").await;
    let request = bench.import(&["third"]);
    let third = bench.send("a-key", &request).await;
    third.data();
    assert_replayed(&bench.send("a-key", &request).await, &third);
    assert_eq!(bench.count(left).await, 1);
    assert_eq!(bench.count("idempotency_keys").await, 1);
}

#[tokio::test]
async fn expired_keys_of_all_organizations_are_dropped_by_the_operator() {
    let bench = Bench::new().await;
    bench
        .superuser
        .execute_unprepared(
            "INSERT INTO idempotency_keys (organization_id, user_id, key, request_hash, expires_at)
             SELECT organization_id, id, key, repeat('a', 64), expires_at
             FROM users, (VALUES ('old', now()), ('new', now() + interval '1 hour')) AS made (key, expires_at)",
        )
        .await
        .unwrap();
    let users = bench.count("users").await;
    let owner = bench.database.owner().await;
    let dropped: i64 = value(&owner, "SELECT idempotency_keys_drop_expired()").await;
    assert_eq!(dropped, users);
    assert_eq!(bench.count("idempotency_keys WHERE key = 'old'").await, 0);
    assert_eq!(
        bench.count("idempotency_keys WHERE key = 'new'").await,
        users
    );
}

#[tokio::test]
async fn who_asks_for_a_lost_answer_is_told_and_nothing_is_done_twice() {
    let bench = Bench::new().await;
    let request = bench.import(&["once"]);
    bench.send("a-key", &request).await.data();
    bench.change_keys("answer = NULL").await;
    let soon = bench.send("a-key", &request).await;
    assert_eq!(soon.status, 409, "{}", soon.text);
    assert_eq!(soon.header("Retry-After"), "1");
    // Longer ago than any request may take.
    bench
        .change_keys("expires_at = expires_at - interval '1 minute'")
        .await;
    let lost = bench.send("a-key", &request).await;
    assert_eq!(lost.status, 409, "{}", lost.text);
    assert_eq!(lost.header("Retry-After"), "");
    assert!(lost.message().contains("its answer was not kept"));
    assert_eq!(bench.send("a-key", &bench.import(&["2"])).await.status, 422);
    bench.assert_imported_once("once").await;
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_not_kept() {
    let bench = Bench::new().await;
    let photos: Vec<Value> = (0..300)
        .map(|number| json!({ "projectId": bench.project, "s3Url": "x".repeat(1000), "s3Key": number.to_string() }))
        .collect();
    let request = json!({
        "query": "mutation($photos: [ImportedPhotoInput!]!) {
            importPhotos(input: { photos: $photos }) { photos { a: s3Url b: s3Url c: s3Url d: s3Url } }
        }",
        "variables": { "photos": photos }
    });
    let first = bench.send("a-key", &request).await;
    assert!(first.text.len() > 1 << 20, "{}", first.text);
    assert_eq!(bench.send("a-key", &request).await.status, 409);
    bench.assert_imported_once("7").await;
}

#[tokio::test]
async fn a_query_has_no_use_for_a_key() {
    let bench = Bench::new().await;
    for key in ["a-key", "", "not valid"] {
        let request = json!({ "query": "{ viewer { userId } }" });
        for _ in 0..2 {
            let answer = bench.send(key, &request).await;
            assert!(answer.data()["viewer"]["userId"].is_string());
            assert_eq!(answer.header("Idempotent-Replay"), "");
        }
    }
    let without = bench
        .gateway
        .post(Some(&bench.token), &bench.import(&["without"]))
        .await;
    without.data();
    assert_eq!(bench.count("idempotency_keys").await, 0);
}

#[tokio::test]
async fn what_is_no_key_is_refused() {
    let bench = Bench::new().await;
    let request = bench.import(&["never"]);
    let longest = "k".repeat(255);
    for key in ["", "two words", "schlüssel", &format!("{longest}k")] {
        let answer = bench.send(key, &request).await;
        assert_eq!(answer.status, 400, "{key}: {}", answer.text);
        assert_eq!(answer.code(), "BAD_REQUEST");
    }
    let twice = bench
        .request(&bench.token, "one", &request)
        .header("Idempotency-Key", "two");
    assert_eq!(Answer::of(twice).await.status, 400);
    let batch = bench.send("a-key", &json!([request])).await;
    assert_eq!(batch.status, 400, "{}", batch.text);
    assert!(batch.message().contains("batch"));
    assert_eq!(bench.count("photos WHERE s3_key = 'never'").await, 0);
    bench
        .send(&longest, &bench.import(&["longest"]))
        .await
        .data();
    assert_eq!(bench.count("idempotency_keys").await, 1);
}
