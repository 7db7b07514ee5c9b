//! A company that syncs the files of its surveys to S3: cycles, ten thousand files, what fails and is made good, and the figures.

use std::io::Write;
use std::process::{Command, Stdio};

use sea_orm::DatabaseConnection;
use serde_json::{Value, json};
use support::{Gateway, Statements, TestDatabase, execute, program, value};

const PASSWORD: &str = "correct horse battery";

/// The company's house: a gateway over what was an empty database.
struct House {
    gateway: Gateway,
    superuser: DatabaseConnection,
    statements: Statements,
    /// It goes with the house.
    _database: TestDatabase,
}

impl House {
    /// The operator makes the organization and its admin.
    async fn build() -> Self {
        let database = TestDatabase::migrated().await;
        let mut child = Command::new(program())
            .args([
                "user",
                "create-admin",
                "--organization",
                "survey",
                "--organization-name",
                "Survey Company",
            ])
            .args(["--email", "admin@survey.example"])
            .env("DATABASE_URL", database.gateway_url())
            .env("MIGRATION_DATABASE_URL", database.owner_url())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut answers = child.stdin.take().unwrap();
        writeln!(answers, "{PASSWORD}").unwrap();
        drop(answers);
        assert!(child.wait_with_output().unwrap().status.success());
        let statements = Statements::watch();
        Self {
            gateway: Gateway::start(&database).await,
            superuser: database.superuser().await,
            statements,
            _database: database,
        }
    }

    async fn sign_in(&self, login: &str) -> String {
        let document = "mutation($input: SignInInput!) { signIn(input: $input) { session { accessToken } errors { message } } }";
        let input = json!({ "input": { "login": login, "password": PASSWORD } });
        let body = json!({ "query": document, "variables": input });
        let answer = self.gateway.post(None, &body).await;
        let token = &answer.data()["signIn"]["session"]["accessToken"];
        token
            .as_str()
            .unwrap_or_else(|| panic!("{}", answer.text))
            .to_owned()
    }

    async fn ask(&self, token: &str, document: &str, variables: Value) -> Value {
        self.gateway
            .query(token, document, variables)
            .await
            .data()
            .clone()
    }

    /// The same, and how many statements it took.
    async fn counted(&self, token: &str, document: &str, variables: Value) -> (Value, usize) {
        self.statements.take();
        let data = self.ask(token, document, variables).await;
        (data, self.statements.take().len())
    }

    /// A mutation with its errors.
    async fn mutate(&self, token: &str, name: &str, shows: &str, input: Value) -> Value {
        let kind = name[..1].to_uppercase() + &name[1..];
        let document = format!(
            "mutation($input: {kind}Input!) {{ it: {name}(input: $input) {{ {shows} errors {{ code message path }} }} }}"
        );
        self.ask(token, &document, json!({ "input": input })).await["it"].clone()
    }

    async fn done(&self, token: &str, name: &str, shows: &str, input: Value) -> Value {
        let payload = self.mutate(token, name, shows, input).await;
        assert_eq!(payload["errors"], json!([]), "{name}");
        payload
    }

    /// The one thing that is wrong.
    async fn refused(&self, token: &str, name: &str, input: Value) -> (String, String) {
        let payload = self.mutate(token, name, "", input).await;
        let [error] = payload["errors"].as_array().unwrap().as_slice() else {
            panic!("{name}: {payload}");
        };
        let text = |field: &str| error[field].as_str().unwrap().to_owned();
        (text("code"), text("message"))
    }
}

const SESSION: &str = "syncSession { id status s3Prefix totalFiles filesUploaded filesFailed filesSkipped totalSizeBytes uploadedSizeBytes startedAt completedAt errorMessage }";

fn id(payload: &Value, field: &str) -> String {
    payload[field]["id"].as_str().unwrap().to_owned()
}

fn ids(files: &Value) -> Vec<Value> {
    let files = files["files"].as_array().unwrap();
    files.iter().map(|file| file["id"].clone()).collect()
}

/// The n-th file of the survey: of n bytes, and a content of its own.
fn file(n: usize) -> Value {
    json!({ "filePath": format!(r"D:\DCIM\{:03}MEDIA\DJI_{n:05}.JPG", n / 1000), "fileSizeBytes": n, "checksum": format!("{n:064x}") })
}

#[tokio::test]
async fn the_life_of_a_company_that_syncs_files() {
    let house = House::build().await;
    let admin = house.sign_in("admin@survey.example").await;
    // The admin lets two people in, and puts one of them on a project.
    for name in ["ines", "otto"] {
        let person = json!({ "email": format!("{name}@survey.example"), "username": name, "roles": ["user"], "password": PASSWORD });
        house
            .done(&admin, "createUser", "user { id }", person)
            .await;
    }
    let payload = house
        .done(
            &admin,
            "createProject",
            "project { id }",
            json!({ "name": "Harbor View" }),
        )
        .await;
    let project = id(&payload, "project");
    let ines_id: String = value(
        &house.superuser,
        "SELECT id::text FROM users WHERE username = 'ines'",
    )
    .await;
    house
        .done(
            &admin,
            "addProjectMember",
            "project { id }",
            json!({ "projectId": project, "userIds": [ines_id] }),
        )
        .await;
    // Buckets are the operator's to set.
    let bucket = "UPDATE projects SET bucket_name = 'survey-data', aws_region = 'eu-central-1'";
    execute(&house.superuser, bucket, []).await.unwrap();
    let ines = house.sign_in("ines").await;
    let otto = house.sign_in("otto").await;

    // Two cycles: numbers and prefixes come by themselves.
    let mut cycles = Vec::new();
    for name in ["C1", "C2"] {
        let input =
            json!({ "projectId": project, "cycleName": name, "metadata": { "flights": 2 } });
        let payload = house
            .done(
                &ines,
                "createCycle",
                "cycle { id cycleNumber s3Prefix status }",
                input,
            )
            .await;
        cycles.push(payload["cycle"].clone());
    }
    assert_eq!(
        (&cycles[0]["cycleNumber"], &cycles[1]["cycleNumber"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(
        (&cycles[0]["s3Prefix"], &cycles[0]["status"]),
        (&json!("harbor-view/c1"), &json!("PENDING"))
    );
    let first = cycles[0]["id"].clone();

    // Ten thousand files in ten calls, and how far they are in ten more.
    let started = house
        .done(
            &ines,
            "startSyncSession",
            SESSION,
            json!({ "projectId": project, "cycleId": first }),
        )
        .await;
    assert_eq!(
        (
            &started["syncSession"]["status"],
            &started["syncSession"]["s3Prefix"]
        ),
        (&json!("PENDING"), &json!("harbor-view/c1"))
    );
    let session = id(&started, "syncSession");
    let mut files = Vec::new();
    for call in 0..10 {
        let sent: Vec<Value> = (call * 1000 + 1..=call * 1000 + 1000).map(file).collect();
        house.statements.take();
        let payload = house
            .done(
                &ines,
                "registerFiles",
                "files { id s3Key status }",
                json!({ "sessionId": session, "files": sent }),
            )
            .await;
        assert_eq!(
            house.statements.take().len(),
            4,
            "hold, look for duplicates, insert, tell the trail"
        );
        files.extend(ids(&payload));
        if call == 0 {
            assert_eq!(
                payload["files"][0]["s3Key"],
                "harbor-view/c1/DCIM/000MEDIA/DJI_00001.JPG"
            );
        }
    }
    for (call, files) in files.chunks(1000).enumerate() {
        // Three of the last thousand fail, ten are still under way.
        let reports: Vec<Value> = files.iter().enumerate().map(|(at, id)| match (call, at) {
            (9, 0..3) => json!({ "id": id, "status": "FAILED", "errorMessage": "The card cannot be read." }),
            (9, 3..13) => json!({ "id": id, "status": "UPLOADING" }),
            _ => json!({ "id": id, "status": "COMPLETED" }),
        }).collect();
        house.statements.take();
        house
            .done(
                &ines,
                "reportFiles",
                "files { id }",
                json!({ "sessionId": session, "files": reports }),
            )
            .await;
        assert_eq!(
            house.statements.take().len(),
            4,
            "hold, read, change, tell the trail"
        );
    }
    let sizes = |numbers: std::ops::RangeInclusive<u64>| numbers.sum::<u64>();
    let all = sizes(1..=10_000);
    let shown = house.ask(&ines, "query($id: ID!) { syncSession(id: $id) { status totalFiles filesUploaded filesFailed filesSkipped totalSizeBytes uploadedSizeBytes files(first: 0) { totalCount } } }", json!({ "id": session })).await;
    assert_eq!(
        shown["syncSession"],
        json!({ "status": "IN_PROGRESS", "totalFiles": 10_000, "filesUploaded": 9987, "filesFailed": 3, "filesSkipped": 0,
            "totalSizeBytes": all, "uploadedSizeBytes": all - sizes(9001..=9013), "files": { "totalCount": 10_000 } })
    );

    // It does not end before its files do; then it fails for the three.
    let (code, message) = house
        .refused(&ines, "completeSyncSession", json!({ "id": session }))
        .await;
    assert_eq!(
        (&*code, &*message),
        (
            "STATE",
            "10 of 10000 files are pending or uploading: report them first"
        )
    );
    let (code, _) = house
        .refused(&ines, "completeCycle", json!({ "id": first }))
        .await;
    assert_eq!(code, "STATE");
    let last: Vec<Value> = files[9003..9013]
        .iter()
        .map(|id| json!({ "id": id, "status": "COMPLETED" }))
        .collect();
    house
        .done(
            &ines,
            "reportFiles",
            "files { id }",
            json!({ "sessionId": session, "files": last }),
        )
        .await;
    let ended = house
        .done(
            &ines,
            "completeSyncSession",
            SESSION,
            json!({ "id": session }),
        )
        .await;
    assert_eq!(
        (
            &ended["syncSession"]["status"],
            &ended["syncSession"]["errorMessage"]
        ),
        (&json!("FAILED"), &json!("3 of 10000 files failed."))
    );
    let cycle = house
        .done(
            &ines,
            "completeCycle",
            "cycle { status }",
            json!({ "id": first }),
        )
        .await;
    assert_eq!(cycle["cycle"]["status"], "INCOMPLETE");

    // A second upload makes it good; what is there already is skipped.
    let started = house
        .done(
            &ines,
            "startSyncSession",
            "syncSession { id cycle { status completedAt } }",
            json!({ "projectId": project, "cycleId": first }),
        )
        .await;
    assert_eq!(
        started["syncSession"]["cycle"],
        json!({ "status": "IN_PROGRESS", "completedAt": null })
    );
    let second = id(&started, "syncSession");
    let sent: Vec<Value> = (8997..=9003).map(file).collect();
    let payload = house
        .done(
            &ines,
            "registerFiles",
            "files { id status isDuplicate errorMessage }",
            json!({ "sessionId": second, "files": sent }),
        )
        .await;
    let skipped = json!({ "status": "SKIPPED", "isDuplicate": true, "errorMessage": "A file with this content was uploaded to the project before." });
    for (at, file) in payload["files"].as_array().unwrap().iter().enumerate() {
        let mut file = file.clone();
        file.as_object_mut().unwrap().remove("id");
        let pending = json!({ "status": "PENDING", "isDuplicate": false, "errorMessage": null });
        assert_eq!(file, if at < 4 { skipped.clone() } else { pending }, "{at}");
    }
    let reports: Vec<Value> = ids(&payload)[4..]
        .iter()
        .map(|id| json!({ "id": id, "status": "COMPLETED" }))
        .collect();
    house
        .done(
            &ines,
            "reportFiles",
            "files { id }",
            json!({ "sessionId": second, "files": reports }),
        )
        .await;
    let ended = house
        .done(
            &ines,
            "completeSyncSession",
            SESSION,
            json!({ "id": second }),
        )
        .await;
    assert_eq!(ended["syncSession"]["status"], "COMPLETED");
    let cycle = house
        .done(
            &ines,
            "completeCycle",
            "cycle { status }",
            json!({ "id": first }),
        )
        .await;
    assert_eq!(cycle["cycle"]["status"], "COMPLETED");
    let (code, _) = house
        .refused(
            &ines,
            "startSyncSession",
            json!({ "projectId": project, "cycleId": first }),
        )
        .await;
    assert_eq!(code, "STATE");

    // The dashboard, with the figures as they are by hand. Who is not on the project sees none of it.
    let document = include_str!("uploads.graphql");
    let (shown, asked) = house.counted(&ines, document, json!({})).await;
    // Five lists, and one statement for each relation of a level below: four, and two.
    assert_eq!(asked, 11, "statements of the dashboard");
    let total = all + sizes(8997..=9003);
    let uploaded = all;
    assert_eq!(
        shown["projectSummaries"]["nodes"],
        json!([{ "projectName": "Harbor View", "bucketName": "survey-data", "awsRegion": "eu-central-1", "status": "ACTIVE",
            "organizationName": "Survey Company", "organizationSlug": "survey", "totalCycles": 2, "totalSessions": 2 }])
    );
    let of_first = json!({ "cycleName": "C1", "cycleNumber": 1, "status": "COMPLETED", "projectName": "Harbor View", "bucketName": "survey-data", "totalSessions": 2,
        "totalFiles": 10_007, "filesUploaded": 10_000, "filesFailed": 3, "filesSkipped": 4, "totalSizeBytes": total, "uploadedSizeBytes": uploaded });
    let of_second = json!({ "cycleName": "C2", "cycleNumber": 2, "status": "PENDING", "projectName": "Harbor View", "bucketName": "survey-data", "totalSessions": 0,
        "totalFiles": 0, "filesUploaded": 0, "filesFailed": 0, "filesSkipped": 0, "totalSizeBytes": 0, "uploadedSizeBytes": 0 });
    assert_eq!(
        shown["cycleSummaries"]["nodes"],
        json!([of_first, of_second])
    );
    let cycles = &shown["cycles"]["nodes"];
    assert_eq!(
        cycles[0]["summary"],
        json!({ "totalFiles": 10_007, "totalSizeBytes": total })
    );
    assert_eq!(
        cycles[0]["project"],
        json!({ "name": "Harbor View", "summary": { "totalSessions": 2 } })
    );
    assert_eq!(
        cycles[0]["syncSessions"]["nodes"].as_array().unwrap().len(),
        2
    );
    assert_eq!(
        cycles[0]["syncSessions"]["nodes"][0]["user"]["username"],
        "ines"
    );
    let stats = shown["syncStats"].as_array().unwrap();
    let by = |status: &str| {
        stats
            .iter()
            .find(|group| group["status"] == *status)
            .unwrap()
    };
    assert_eq!(
        by("FAILED")["uploadedSizeBytes"]["sum"],
        (all - sizes(9001..=9003)) as f64
    );
    assert_eq!(
        by("COMPLETED")["uploadedSizeBytes"]["sum"],
        sizes(9001..=9003) as f64
    );
    for (status, files, bytes) in [
        ("FAILED", 9997.0, all - sizes(9001..=9003)),
        ("COMPLETED", 3.0, sizes(9001..=9003)),
    ] {
        let group = by(status);
        let seconds = group["durationSeconds"]["sum"].as_f64().unwrap();
        assert!(seconds > 0.0);
        let near = |figure: &Value, expected: f64| {
            (figure.as_f64().unwrap() / expected - 1.0).abs() < 1e-9
        };
        assert!(
            near(&group["bytesPerSecond"], bytes as f64 / seconds),
            "{group}"
        );
        assert!(near(&group["filesPerSecond"], files / seconds), "{group}");
    }
    assert_eq!(shown["failed"]["nodes"].as_array().unwrap().len(), 3);
    for file in shown["failed"]["nodes"].as_array().unwrap() {
        let attempts = file["attempts"]["nodes"].as_array().unwrap();
        let ways: Vec<&Value> = attempts.iter().map(|attempt| &attempt["status"]).collect();
        assert_eq!(ways, ["COMPLETED", "FAILED"], "{file}");
    }
    let nothing = house.ask(&otto, document, json!({})).await;
    for list in ["projectSummaries", "cycleSummaries", "cycles", "failed"] {
        assert_eq!(nothing[list]["nodes"], json!([]), "{list}");
    }
    assert_eq!(nothing["syncStats"], json!([]));
    // Every file has its row in the trail: when it came, and how far it was each time it was told.
    let told: i64 = value(
        &house.superuser,
        "SELECT count(*) FROM audit_logs WHERE resource_type = 'file_upload'",
    )
    .await;
    assert_eq!(told, 10_007 + 10_000 + 10 + 3);
    let stored: i64 = value(&house.superuser, "SELECT stored_bytes FROM quota_usages").await;
    assert_eq!(u64::try_from(stored).unwrap(), uploaded);
}
