//! A notified body of a test's own, from an empty database: its people, and what they ask.

use std::io::Write;
use std::process::{Command, Stdio};

use sea_orm::DatabaseConnection;
use serde_json::{Value, json};
use support::{Gateway, TestDatabase, program, value};

const PASSWORD: &str = "correct horse battery";

/// A gateway over a database that holds one organization.
pub struct House {
    pub gateway: Gateway,
    pub superuser: DatabaseConnection,
    /// Tokens: of who was made by the command line,
    pub admin: String,
    /// who designs workflows,
    pub manager: String,
    /// who runs assessments,
    pub handler: String,
    /// and the model.
    pub worker: String,
    pub database: TestDatabase,
}

impl House {
    /// The operator makes the organization and its admin, who lets the others in.
    pub async fn build() -> Self {
        let database = TestDatabase::migrated().await;
        let mut child = Command::new(program())
            .args(["user", "create-admin", "--organization", "nordcert"])
            .args(["--organization-name", "Nordcert"])
            .args(["--email", "admin@nordcert.example"])
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
        let mut house = Self {
            gateway: Gateway::start(&database).await,
            superuser: database.superuser().await,
            admin: String::new(),
            manager: String::new(),
            handler: String::new(),
            worker: String::new(),
            database,
        };
        house.admin = house.sign_in("admin@nordcert.example").await;
        house.manager = house.let_in("pia", "process_manager").await;
        house.handler = house.let_in("hugo", "project_handler").await;
        house.worker = house.let_in("reader", "worker").await;
        house
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

    /// Somebody new with a role; their token.
    pub async fn let_in(&self, name: &str, role: &str) -> String {
        let email = format!("{name}@nordcert.example");
        let person = json!({ "email": email, "username": name, "roles": [role] });
        self.done(&self.admin, "createUser", "user { id }", person)
            .await;
        self.gateway.token("nordcert", &email).await
    }

    /// What was asked for; panics where there is an error.
    pub async fn ask(&self, token: &str, document: &str, variables: Value) -> Value {
        self.gateway
            .query(token, document, variables)
            .await
            .data()
            .clone()
    }

    /// A mutation with all of its errors; `shows` is what else is asked of the payload.
    pub async fn mutate(&self, token: &str, name: &str, shows: &str, input: Value) -> Value {
        let kind = name[..1].to_uppercase() + &name[1..];
        let document = format!(
            "mutation($input: {kind}Input!) {{ it: {name}(input: $input) {{ {shows} errors {{ code message path }} }} }}"
        );
        self.ask(token, &document, json!({ "input": input })).await["it"].clone()
    }

    /// The same, and nothing may be wrong.
    pub async fn done(&self, token: &str, name: &str, shows: &str, input: Value) -> Value {
        let payload = self.mutate(token, name, shows, input).await;
        assert_eq!(payload["errors"], json!([]), "{name}");
        payload
    }

    /// Codes and paths of all that is wrong.
    pub async fn refused(&self, token: &str, name: &str, input: Value) -> Vec<(String, String)> {
        let payload = self.mutate(token, name, "", input).await;
        faults(&payload)
    }

    /// A workflow as the manager designs it.
    pub async fn workflow(&self) -> Workflow {
        let shows = "workflow { id buckets { nodes { id } } criteria { nodes { id } } }";
        let payload = self
            .done(&self.manager, "createWorkflow", shows, medical_device())
            .await;
        Workflow {
            id: payload["workflow"]["id"].as_str().unwrap().to_owned(),
            buckets: ids(&payload["workflow"]["buckets"]),
            criteria: ids(&payload["workflow"]["criteria"]),
        }
    }

    /// An assessment by it, with a document for each required bucket, of a project or of none.
    pub async fn assessment(&self, token: &str, of: &Workflow, project: Option<&str>) -> String {
        let input =
            json!({ "workflowId": of.id, "projectId": project, "documents": of.documents() });
        let payload = self
            .done(token, "startAssessment", "assessment { id }", input)
            .await;
        payload["assessment"]["id"].as_str().unwrap().to_owned()
    }

    /// A project of the admin's.
    pub async fn project(&self, name: &str) -> String {
        let input = json!({ "name": name });
        let payload = self
            .done(&self.admin, "createProject", "project { id }", input)
            .await;
        payload["project"]["id"].as_str().unwrap().to_owned()
    }

    /// Who somebody is.
    pub async fn user(&self, name: &str) -> String {
        let sql = format!("SELECT id::text FROM users WHERE username = '{name}'");
        value(&self.superuser, &sql).await
    }
}

/// A workflow, its buckets (two required, one not) and its criteria, in their order.
pub struct Workflow {
    pub id: String,
    pub buckets: Vec<String>,
    pub criteria: Vec<String>,
}

impl Workflow {
    /// One document for each required bucket, of 1,000 and of 2,000 bytes.
    pub fn documents(&self) -> Value {
        json!([
            document(&self.buckets[0], 1000),
            document(&self.buckets[1], 2000)
        ])
    }

    /// Results for all criteria; the second was not met.
    pub fn results(&self) -> Vec<Value> {
        self.criteria
            .iter()
            .enumerate()
            .map(|(place, id)| result(id, place != 1))
            .collect()
    }
}

pub fn medical_device() -> Value {
    json!({
        "name": "Medical device",
        "description": "Technical file, first pass.",
        "buckets": [
            { "name": "Technical file", "description": "The whole of it." },
            { "name": "Clinical evaluation" },
            { "name": "Brochure", "required": false },
        ],
        "criteria": [
            { "name": "The class is justified", "bucketNames": ["Technical file"] },
            { "name": "The search is reproducible", "description": "Databases, terms, dates.", "bucketNames": ["Clinical evaluation", "Brochure"] },
            { "name": "The purpose is the same everywhere" },
        ],
    })
}

pub fn document(bucket: &str, size: i64) -> Value {
    json!({ "bucketId": bucket, "fileName": "file.pdf", "storageKey": format!("in/{size}.pdf"), "mimeType": "application/pdf", "fileSizeBytes": size })
}

pub fn result(criterion: &str, pass: bool) -> Value {
    json!({
        "criterionId": criterion, "pass": pass, "confidence": "HIGH", "evidencePage": 8, "evidenceSection": "3.2",
        "evidenceText": "No dates are given.", "reasoning": "The terms are there, the dates are not.",
        "aiResponseRaw": { "pass": pass, "claude_metadata": { "model": "claude-3-5-sonnet-20241022", "tokens_used": 1542 } },
    })
}

pub fn ids(connection: &Value) -> Vec<String> {
    let nodes = connection["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| node["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Codes and paths of what is wrong, in the order in which they came.
pub fn faults(payload: &Value) -> Vec<(String, String)> {
    payload["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            let path = error["path"].as_array().unwrap();
            let path: Vec<&str> = path.iter().map(|step| step.as_str().unwrap()).collect();
            (error["code"].as_str().unwrap().to_owned(), path.join("."))
        })
        .collect()
}

/// As `faults` answers them.
pub fn said(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(code, path)| {
            (
                (*code).to_owned(),
                format!("input{}{path}", if path.is_empty() { "" } else { "." }),
            )
        })
        .collect()
}
