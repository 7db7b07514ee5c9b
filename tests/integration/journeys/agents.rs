//! A company that puts AI agents to work: it sets them up for all and for a project, its people talk to them, each for themselves,
//! and the admin sees what it costs.

use std::io::Write;
use std::process::{Command, Stdio};

use sea_orm::DatabaseConnection;
use serde_json::{Value, json};
use support::{Gateway, Statements, TestDatabase, column, execute, program, value};

const PASSWORD: &str = "correct horse battery";

/// The company's gateway over what was an empty database.
struct Company {
    gateway: Gateway,
    superuser: DatabaseConnection,
    statements: Statements,
    _database: TestDatabase,
}

impl Company {
    /// The operator makes the organization and its admin.
    async fn found() -> Self {
        let database = TestDatabase::migrated().await;
        let mut child = Command::new(program())
            .args([
                "user",
                "create-admin",
                "--organization",
                "acme",
                "--organization-name",
                "Acme Bids",
                "--email",
                "admin@acme.example",
            ])
            .env("DATABASE_URL", database.gateway_url())
            .env("MIGRATION_DATABASE_URL", database.owner_url())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        assert!(child.wait_with_output().unwrap().status.success());
        Self {
            statements: Statements::watch(),
            gateway: Gateway::start(&database).await,
            superuser: database.superuser().await,
            _database: database,
        }
    }

    async fn sign_in(&self, login: &str) -> String {
        let body = json!({
            "query": "mutation($input: SignInInput!) { signIn(input: $input) { session { accessToken } errors { message } } }",
            "variables": { "input": { "login": login, "password": PASSWORD } },
        });
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

    /// A mutation of which nothing is wrong: the thing changed, which is what `shows` begins with.
    async fn done(&self, token: &str, name: &str, shows: &str, input: Value) -> Value {
        let kind = name[..1].to_uppercase() + &name[1..];
        let document = format!(
            "mutation($input: {kind}Input!) {{ it: {name}(input: $input) {{ {shows} errors {{ code message path }} }} }}"
        );
        let payload = self.ask(token, &document, json!({ "input": input })).await["it"].clone();
        assert_eq!(payload["errors"], json!([]), "{name}");
        payload[shows.split(' ').next().unwrap()].clone()
    }
}

/// A question and its answer, with what each cost.
fn talk(question: &str, cost: u32, answer: &str, more: u32) -> Value {
    json!([
        { "role": "USER", "content": question, "tokensUsed": cost },
        { "role": "ASSISTANT", "content": answer, "tokensUsed": more, "finishReason": "stop" },
    ])
}

#[tokio::test]
async fn the_life_of_a_company_that_puts_agents_to_work() {
    let company = Company::found().await;
    let admin = company.sign_in("admin@acme.example").await;
    // Three people: two of them on the bid, the third on nothing yet.
    let mut people = Vec::new();
    for (name, role) in [
        ("rosa", "project_manager"),
        ("ben", "user"),
        ("ida", "user"),
    ] {
        let person = json!({ "email": format!("{name}@acme.example"), "username": name, "roles": [role], "password": PASSWORD });
        people.push(
            company
                .done(&admin, "createUser", "user { id }", person)
                .await["id"]
                .clone(),
        );
    }
    let project = company
        .done(
            &admin,
            "createProject",
            "project { id }",
            json!({ "name": "Library bid", "managerId": people[0] }),
        )
        .await["id"]
        .clone();
    company
        .done(
            &admin,
            "addProjectMember",
            "project { id }",
            json!({ "projectId": project, "userIds": [people[1]] }),
        )
        .await;
    let (rosa, ben, ida) = (
        company.sign_in("rosa").await,
        company.sign_in("ben").await,
        company.sign_in("ida").await,
    );

    // An agent for all, with what is usual, and one that the bid's manager sets up for the bid alone.
    let guide = json!({ "name": "Guide", "agentType": "DOC", "systemPrompt": "Answer from the documents.", "tools": ["search_documents"], "metadata": { "language": "en" } });
    let guide = company
        .done(
            &admin,
            "createAgent",
            "agent { id modelName temperature maxTokens isActive }",
            guide,
        )
        .await;
    assert_eq!(
        (
            &guide["modelName"],
            &guide["temperature"],
            &guide["maxTokens"],
            &guide["isActive"]
        ),
        (
            &json!("gemini-2.5-pro"),
            &json!(0.7),
            &json!(4096),
            &json!(true)
        )
    );
    let writer = json!({ "projectId": project, "name": "Writer", "agentType": "RFP", "systemPrompt": "Draft answers.", "temperature": 0.2 });
    let writer = company
        .done(&rosa, "createAgent", "agent { id }", writer)
        .await["id"]
        .clone();

    // Rosa and Ben talk to them, each for themselves; Ida sees neither the project nor its agent.
    let start = |agent: &Value, title: &str, messages: Value| json!({ "agentId": agent, "projectId": project, "title": title, "messages": messages });
    let noise = company
        .done(
            &rosa,
            "startConversation",
            "conversation { id }",
            start(
                &writer,
                "Noise",
                talk("Draft it.", 10, "Between nine and five.", 90),
            ),
        )
        .await["id"]
        .clone();
    let slate = company
        .done(
            &ben,
            "startConversation",
            "conversation { id }",
            start(
                &guide["id"],
                "Slate",
                talk("Which slate?", 7, "See page 3.", 43),
            ),
        )
        .await["id"]
        .clone();
    let append =
        |talk: &Value, messages: Value| json!({ "conversationId": talk, "messages": messages });
    company
        .done(
            &rosa,
            "appendMessages",
            "messages { id }",
            append(&noise, talk("Shorter.", 5, "Nine to five.", 45)),
        )
        .await;
    company
        .done(
            &ben,
            "renameConversation",
            "conversation { id }",
            json!({ "id": slate, "title": "Slate of the roof" }),
        )
        .await;
    let theirs = company.ask(&ida, "query($talk: ID!, $agent: ID!) { conversation(id: $talk) { id } agent(id: $agent) { id } conversations { totalCount } agents { nodes { name } } messageStats { count } }", json!({ "talk": noise, "agent": writer })).await;
    assert_eq!(
        theirs,
        json!({ "conversation": null, "agent": null, "conversations": { "totalCount": 0 }, "agents": { "nodes": [{ "name": "Guide" }] }, "messageStats": [{ "count": 0 }] })
    );

    // Last month's talk, as it would stand there: half an hour before midnight UTC, which in Berlin is the month after.
    execute(
        &company.superuser,
        "WITH talk AS (
           INSERT INTO conversations (organization_id, project_id, user_id, agent_id, title, created_at, updated_at)
           SELECT organization_id, project_id, user_id, agent_id, 'Gutters', '2026-09-30 23:30Z', '2026-09-30 23:30Z' FROM conversations WHERE title = 'Noise'
           RETURNING *)
         INSERT INTO messages (organization_id, project_id, user_id, conversation_id, role, content, tokens_used, created_at)
         SELECT organization_id, project_id, user_id, id, 'user', 'Gutters?', tokens, moment FROM talk,
           (VALUES (100, timestamptz '2026-09-30 21:59Z'), (1000, '2026-09-30 22:01Z')) AS said (tokens, moment)",
        [],
    )
    .await
    .unwrap();

    // What Rosa sees: her own. By hand: Noise 10 + 90 + 5 + 45 = 150, Gutters 100 + 1000.
    let house = include_str!("agents.graphql");
    company.statements.take();
    let seen = company.ask(&rosa, house, json!({})).await;
    assert_eq!(
        company.statements.take().len(),
        HOUSE,
        "statements of the house"
    );
    assert_eq!(
        seen["agents"],
        json!({ "totalCount": 2, "nodes": [
            { "name": "Guide", "agentType": "DOC", "tools": ["search_documents"], "tokensUsed": 0, "project": null, "conversations": { "totalCount": 0 } },
            { "name": "Writer", "agentType": "RFP", "tools": [], "tokensUsed": 1250, "project": { "name": "Library bid" }, "conversations": { "totalCount": 2 } },
        ] })
    );
    let conversation = |title: &str,
                        tokens: u32,
                        user: &str,
                        agent: &str,
                        said: (u32, &str, &str)| {
        json!({ "title": title, "tokensUsed": tokens, "user": { "username": user }, "agent": { "name": agent }, "project": { "name": "Library bid" },
            "messages": { "totalCount": said.0, "nodes": [{ "role": said.1, "content": said.2 }] } })
    };
    let noise_seen = conversation(
        "Noise",
        150,
        "rosa",
        "Writer",
        (4, "ASSISTANT", "Nine to five."),
    );
    let gutters_seen = conversation("Gutters", 1100, "rosa", "Writer", (2, "USER", "Gutters?"));
    let slate_seen = conversation(
        "Slate of the roof",
        50,
        "ben",
        "Guide",
        (2, "ASSISTANT", "See page 3."),
    );
    assert_eq!(
        seen["conversations"],
        json!({ "totalCount": 2, "nodes": [noise_seen, gutters_seen] })
    );
    let group = |count: u32, what: &str, of: Value, sum: f64| json!({ "count": count, what: of, "tokensUsed": { "sum": sum } });
    assert_eq!(
        seen["perAgent"],
        json!([group(6, "agent", json!({ "name": "Writer" }), 1250.0)])
    );
    let september = group(1, "bucketStart", json!("2026-08-31T22:00:00+00:00"), 100.0);
    let october = group(1, "bucketStart", json!("2026-09-30T22:00:00+00:00"), 1000.0);
    let months = seen["perMonth"].as_array().unwrap();
    assert_eq!(
        (
            &months[0],
            &months[1],
            &months[2]["count"],
            &months[2]["tokensUsed"]["sum"]
        ),
        (&september, &october, &json!(4), &json!(150.0))
    );

    // And the admin: everybody's, for as many statements.
    company.statements.take();
    let seen = company.ask(&admin, house, json!({})).await;
    assert_eq!(
        company.statements.take().len(),
        HOUSE,
        "statements of the house"
    );
    assert_eq!(
        seen["conversations"],
        json!({ "totalCount": 3, "nodes": [slate_seen, noise_seen, gutters_seen] })
    );
    let mut sums: Vec<(String, f64)> = Vec::new();
    for (list, of, name) in [
        ("perConversation", "conversation", "title"),
        ("perAgent", "agent", "name"),
    ] {
        let groups = seen[list].as_array().unwrap().iter();
        sums.extend(groups.map(|group| {
            (
                group[of][name].as_str().unwrap().to_owned(),
                group["tokensUsed"]["sum"].as_f64().unwrap(),
            )
        }));
    }
    sums.sort_by(|one, other| one.0.cmp(&other.0));
    let expected = [
        ("Guide", 50.0),
        ("Gutters", 1100.0),
        ("Noise", 150.0),
        ("Slate of the roof", 50.0),
        ("Writer", 1250.0),
    ];
    assert_eq!(sums, expected.map(|(name, sum)| (name.to_owned(), sum)));

    // The writer is put away: nobody starts with it, what was said stays, and it comes back.
    company
        .done(
            &rosa,
            "deleteAgent",
            "agent { id }",
            json!({ "id": writer }),
        )
        .await;
    let stays = company
        .ask(
            &rosa,
            "query($talk: ID!) { conversation(id: $talk) { agentId agent { name } tokensUsed } }",
            json!({ "talk": noise }),
        )
        .await;
    assert_eq!(
        stays["conversation"],
        json!({ "agentId": writer, "agent": null, "tokensUsed": 150 })
    );
    let refused = company.ask(&rosa, "mutation($input: StartConversationInput!) { startConversation(input: $input) { errors { code path } } }", json!({ "input": { "agentId": writer, "projectId": project } })).await;
    assert_eq!(
        refused["startConversation"]["errors"],
        json!([{ "code": "NOT_FOUND", "path": ["input", "agentId"] }])
    );
    company
        .done(
            &rosa,
            "restoreAgent",
            "agent { id }",
            json!({ "id": writer }),
        )
        .await;

    // Ben throws his talk away and takes it back; the trail has all of it, and not a word of what was said.
    company
        .done(
            &ben,
            "deleteConversation",
            "conversation { id }",
            json!({ "id": slate }),
        )
        .await;
    let gone = company
        .ask(
            &ben,
            "{ conversations { totalCount } messageStats { count } }",
            json!({}),
        )
        .await;
    assert_eq!(
        gone,
        json!({ "conversations": { "totalCount": 0 }, "messageStats": [{ "count": 0 }] })
    );
    company
        .done(
            &ben,
            "restoreConversation",
            "conversation { id }",
            json!({ "id": slate }),
        )
        .await;
    let told: Vec<String> = column(
        &company.superuser,
        "SELECT action || ' ' || count(*) FROM audit_logs WHERE resource_type IN ('agent', 'conversation', 'message') GROUP BY action ORDER BY action",
    )
    .await;
    assert_eq!(
        told,
        [
            "agent.create 2",
            "agent.delete 1",
            "agent.restore 1",
            "conversation.create 2",
            "conversation.delete 1",
            "conversation.rename 1",
            "conversation.restore 1",
            "message.create 6"
        ]
    );
    let words: i64 = value(&company.superuser, "SELECT count(*) FROM audit_logs WHERE metadata::text LIKE '%Draft it%' OR metadata::text LIKE '%page 3%'").await;
    assert_eq!(words, 0);
}

/// Agents with their count, their projects, their sums and how many conversations each has: 5. Conversations with their count, their
/// sums, people, agents, projects, last messages and how many of these: 8. Three kinds of figures, and the conversations of one: 4.
const HOUSE: usize = 17;
