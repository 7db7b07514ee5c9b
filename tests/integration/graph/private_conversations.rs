//! A conversation is its user's own and the admins': whoever works on the same project finds it on no way, nor does another
//! organization.

use serde_json::{Value, json};
use support::{column, rows, value};
use uuid::Uuid;

use super::bench::Bench;

/// Every way to a conversation and to what was said there.
const WAYS: &str = "query($talk: ID!, $said: ID!, $agent: ID!, $project: ID!, $user: ID!) {
  conversation(id: $talk) { id }
  conversations(filter: { id: { eq: $talk } }) { totalCount nodes { id } }
  titled: conversations(filter: { title: { startsWith: \"What to photograph\" } }) { totalCount nodes { id } }
  ofUser: conversations(filter: { user: { username: { eq: \"northwind.user\" } } }) { totalCount nodes { id } }
  saying: conversations(filter: { messages: { some: { id: { eq: $said } } } }) { totalCount nodes { id } }
  node(id: $talk) { id }
  nodes(ids: [$talk, $said]) { id }
  agents(filter: { id: { eq: $agent }, conversations: { some: { id: { eq: $talk } } } }) { totalCount nodes { id } }
  deep: agents(filter: { conversations: { some: { messages: { some: { id: { eq: $said } } } } } }) { totalCount }
  projects(filter: { conversations: { some: { id: { eq: $talk } } } }) { totalCount nodes { id } }
  users(filter: { conversations: { some: { id: { eq: $talk } } } }) { totalCount nodes { id } }
  agent(id: $agent) { conversations(filter: { id: { eq: $talk } }) { totalCount nodes { id } } }
  project(id: $project) { conversations(filter: { id: { eq: $talk } }) { totalCount nodes { id } } }
  user(id: $user) { conversations(filter: { id: { eq: $talk } }) { totalCount nodes { id } } }
  organization { conversations(filter: { id: { eq: $talk } }) { totalCount nodes { id } } }
  messageStats(filter: { conversationId: { eq: $talk } }) { count tokensUsed { sum } }
  said: messageStats(filter: { id: { eq: $said } }) { count }
  about: messageStats(filter: { conversation: { projectId: { eq: $project } }, userId: { eq: $user } }) { count }
  grouped: messageStats(filter: { userId: { eq: $user } }, groupBy: [CONVERSATION]) { count conversation { id } }
}";

struct Talk {
    bench: Bench,
    ids: Value,
}

impl Talk {
    async fn new() -> Self {
        let bench = Bench::northwind().await;
        let found = rows(
            &bench.superuser,
            "SELECT conversations.id::text AS talk, agent_id::text AS agent, project_id::text AS project, user_id::text AS user,
               (SELECT min(id::text) FROM messages WHERE conversation_id = conversations.id) AS said
             FROM conversations WHERE title LIKE 'What to photograph%'",
        )
        .await;
        let text = |name: &str| found[0].try_get::<String>("", name).unwrap();
        let ids = json!({ "talk": text("talk"), "agent": text("agent"), "project": text("project"), "user": text("user"), "said": text("said") });
        Self { bench, ids }
    }

    async fn seen(&self, token: &str) -> Value {
        self.bench
            .gateway
            .query(token, WAYS, self.ids.clone())
            .await
            .data()
            .clone()
    }

    /// A token with every permission that there is but the administrative ones.
    async fn token(&self, condition: &str) -> String {
        let found = rows(
            &self.bench.superuser,
            &format!(
                "SELECT organization_id, id FROM users WHERE {condition} ORDER BY username LIMIT 1"
            ),
        )
        .await;
        let (organization, user): (Uuid, Uuid) = (
            found[0].try_get_by_index(0).unwrap(),
            found[0].try_get_by_index(1).unwrap(),
        );
        let roles = ["project_manager", "engineer", "user"].map(str::to_owned);
        self.bench
            .gateway
            .token_of(organization, user, roles.into())
    }
}

/// What there is to see for somebody who sees agent, project and user, but not the conversation; `sees` is what they see of these.
fn nothing(organization: bool) -> Value {
    let none = json!({ "totalCount": 0, "nodes": [] });
    let within = json!({ "conversations": none });
    let parent = if organization {
        within.clone()
    } else {
        Value::Null
    };
    json!({
        "conversation": null, "conversations": none, "titled": none, "ofUser": none, "saying": none, "node": null, "nodes": [null, null],
        "agents": none, "deep": { "totalCount": 0 }, "projects": none, "users": none,
        "agent": parent, "project": parent, "user": parent, "organization": within,
        "messageStats": [{ "count": 0, "tokensUsed": { "sum": null } }], "said": [{ "count": 0 }], "about": [{ "count": 0 }], "grouped": [],
    })
}

const MEMBER: &str = "id IN (SELECT user_id FROM project_members WHERE project_id = (SELECT id FROM projects WHERE name = 'Maple Street Reroof'))";

#[tokio::test]
async fn who_works_on_the_same_project_finds_nothing_of_it_on_any_way() {
    let talk = Talk::new().await;
    let own = talk.token("username = 'northwind.user'").await;
    let seen = talk.seen(&own).await;
    for (way, found) in seen.as_object().unwrap() {
        let found = found.to_string();
        assert!(
            !found.contains(":0") && !found.contains("null") && found != "[]",
            "its user sees nothing by {way}: {found}"
        );
    }
    assert_eq!(
        seen["messageStats"][0]["tokensUsed"]["sum"],
        24.0 + 212.0 + 8.0 + 187.0
    );
    assert_eq!(
        talk.seen(&talk.bench.token).await,
        seen,
        "an admin sees what its user sees"
    );

    let colleague = talk
        .token(&format!("{MEMBER} AND username <> 'northwind.user'"))
        .await;
    assert_eq!(talk.seen(&colleague).await, nothing(true));
    let stranger = talk.token("username LIKE 'alpine.%'").await;
    assert_eq!(talk.seen(&stranger).await, nothing(false));
}

#[tokio::test]
async fn nobody_else_writes_to_it_and_its_user_does_while_they_are_on_the_project() {
    let talk = Talk::new().await;
    let (bench, id) = (&talk.bench, &talk.ids["talk"]);
    let write = async |token: &str| {
        let answer = bench
            .gateway
            .query(
                token,
                "mutation($talk: ID!) {
                   append: appendMessages(input: { conversationId: $talk, messages: [{ role: USER, content: \"I was here.\" }] }) { messages { id } errors { code } }
                   rename: renameConversation(input: { id: $talk, title: \"Mine\" }) { conversation { id } errors { code } }
                   delete: deleteConversation(input: { id: $talk }) { conversation { id } errors { code } }
                   restore: restoreConversation(input: { id: $talk }) { conversation { id } errors { code } }
                 }",
                json!({ "talk": id }),
            )
            .await;
        let codes = answer
            .data()
            .as_object()
            .unwrap()
            .values()
            .map(|payload| payload["errors"][0]["code"].clone());
        codes.collect::<Vec<_>>()
    };
    let sums = "SELECT md5(string_agg(row::text, ' ' ORDER BY row::text)) FROM (SELECT row FROM conversations AS row UNION ALL SELECT row FROM messages AS row) AS all_rows (row)";
    let sums = sums.replace("SELECT row FROM", "SELECT row::text FROM");
    let before: Vec<String> = column(&bench.superuser, &sums).await;
    for who in [
        format!("{MEMBER} AND username <> 'northwind.user'"),
        "username LIKE 'alpine.%'".to_owned(),
    ] {
        assert_eq!(
            write(&talk.token(&who).await).await,
            ["NOT_FOUND"; 4],
            "{who}"
        );
        // Nor out of the bin, of which only its owner knows.
        bench
            .arrange(
                &format!("UPDATE conversations SET deleted_at = now() WHERE id = {id}")
                    .replace('"', "'"),
            )
            .await;
        assert_eq!(
            write(&talk.token(&who).await).await,
            ["NOT_FOUND"; 4],
            "{who}"
        );
        bench
            .arrange(&format!(
                "ALTER TABLE conversations DISABLE TRIGGER touch_updated_at"
            ))
            .await;
        bench.arrange(&format!("UPDATE conversations SET deleted_at = NULL, updated_at = created_at + interval '101 seconds' WHERE id = {id}").replace('"', "'")).await;
        bench
            .arrange("ALTER TABLE conversations ENABLE TRIGGER touch_updated_at")
            .await;
    }
    assert_eq!(column::<String, _>(&bench.superuser, &sums).await, before);
    let own = talk.token("username = 'northwind.user'").await;
    assert_eq!(
        write(&own).await,
        [Value::Null, Value::Null, Value::Null, Value::Null]
    );
    bench.arrange("DELETE FROM project_members WHERE user_id = (SELECT id FROM users WHERE username = 'northwind.user')").await;
    assert_eq!(write(&own).await, ["NOT_FOUND"; 4]);
    let said: i64 = value(
        &bench.superuser,
        "SELECT count(*) FROM messages WHERE content = 'I was here.'",
    )
    .await;
    assert_eq!(said, 1);
}

/// What agents of a project cost and what there is of them is for its members; of all figures a member has their own alone.
#[tokio::test]
async fn agents_of_a_project_are_its_members_and_figures_are_of_what_one_sees() {
    let talk = Talk::new().await;
    let ask = "{ agents(first: 50) { totalCount nodes { name tokensUsed conversations { totalCount } } } messageStats(groupBy: [AGENT]) { agentId count tokensUsed { sum } } }";
    let seen = async |token: &str| {
        talk.bench
            .gateway
            .query(token, ask, json!({}))
            .await
            .data()
            .clone()
    };
    let admin = seen(&talk.bench.token).await;
    assert_eq!(admin["agents"]["totalCount"], 5);
    let of = |seen: &Value, name: &str| {
        let nodes = seen["agents"]["nodes"].as_array().unwrap();
        nodes
            .iter()
            .find(|agent| agent["name"] == *name)
            .map(|agent| {
                (
                    agent["tokensUsed"].clone(),
                    agent["conversations"]["totalCount"].clone(),
                )
            })
    };
    assert_eq!(
        of(&admin, "Bid writer"),
        Some((json!(19 + 341 + 15 + 8192), json!(1)))
    );
    assert_eq!(admin["messageStats"].as_array().unwrap().len(), 3);
    let user = seen(&talk.token("username = 'northwind.user'").await).await;
    assert_eq!(
        of(&user, "Bid writer"),
        Some((json!(0), json!(0))),
        "what others talked about with it"
    );
    assert_eq!(of(&user, "Field guide"), Some((json!(431), json!(1))));
    assert_eq!(of(&user, "Defect tickets"), Some((json!(0), json!(0))));
    assert_eq!(
        user["messageStats"],
        json!([{ "agentId": talk.ids["agent"], "count": 5, "tokensUsed": { "sum": 431.0 } }])
    );
    let outsider = "id NOT IN (SELECT user_id FROM project_members WHERE project_id = (SELECT id FROM projects WHERE name = 'Municipal Library Bid')) AND username LIKE 'northwind.%'";
    let outsider = seen(&talk.token(outsider).await).await;
    assert_eq!(of(&outsider, "Bid writer"), None);
    assert_eq!(of(&outsider, "Field guide"), Some((json!(0), json!(0))));
}
