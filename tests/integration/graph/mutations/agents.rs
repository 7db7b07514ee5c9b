//! Agents: what they may be configured as, whose they are, and when they start conversations.

use sea_orm::TransactionTrait;
use serde_json::{Value, json};
use support::{column, execute, refusal, value};

use super::{Bench, MAPLE, done, id, mutate, project, refused, trail};

const SHOWS: &str = "agent { id name projectId agentType temperature maxTokens modelName tools metadata isActive updatedAt }";

fn agent() -> Value {
    json!({ "name": "Night desk", "agentType": "DOC", "systemPrompt": "Answer briefly." })
}

async fn demo_agent(bench: &Bench, name: &str) -> String {
    id(
        bench,
        &format!("SELECT id::text FROM agent_configs WHERE name = '{name}'"),
    )
    .await
}

#[tokio::test]
async fn an_agent_from_its_setup_to_the_bin_and_back() {
    let bench = Bench::northwind().await;
    let maple = project(&bench, MAPLE).await;
    let (payload, request) = done(&bench, "createAgent", SHOWS, agent()).await;
    let mut made = payload["agent"].clone();
    let (made_id, since) = (made["id"].clone(), made["updatedAt"].take());
    made["id"].take();
    assert_eq!(
        made,
        json!({ "id": null, "updatedAt": null, "name": "Night desk", "projectId": null, "agentType": "DOC", "temperature": 0.7, "maxTokens": 4096,
            "modelName": "gemini-2.5-pro", "tools": [], "metadata": {}, "isActive": true })
    );
    assert_eq!(
        trail(&bench, &request).await,
        [(
            "agent.create".to_owned(),
            made_id.as_str().unwrap().to_owned(),
            json!({})
        )]
    );

    let input = json!({ "id": made_id, "projectId": maple, "temperature": 2, "maxTokens": 1, "tools": ["search", "mail"], "metadata": { "shift": "night" },
        "agentType": "FINANCE", "modelName": "gemini-3", "isActive": false, "ifUnchangedSince": since });
    let (payload, request) = done(&bench, "updateAgent", SHOWS, input).await;
    let changed = &payload["agent"];
    assert_eq!(
        (
            &changed["projectId"],
            &changed["tools"],
            &changed["metadata"]
        ),
        (
            &json!(maple),
            &json!(["search", "mail"]),
            &json!({ "shift": "night" })
        )
    );
    let told = trail(&bench, &request).await;
    assert_eq!(
        (
            told[0].0.as_str(),
            &told[0].2["before"]["temperature"],
            &told[0].2["after"]["tools"]
        ),
        ("agent.update", &json!(0.7), &json!(["search", "mail"]))
    );
    assert_eq!(
        refused(
            &bench,
            &bench.token,
            "updateAgent",
            SHOWS,
            json!({ "id": made_id, "name": "Late", "ifUnchangedSince": since })
        )
        .await,
        [("CONFLICT".to_owned(), "input.ifUnchangedSince".to_owned())]
    );
    let (payload, _) = done(
        &bench,
        "updateAgent",
        SHOWS,
        json!({ "id": made_id, "projectId": null }),
    )
    .await;
    assert_eq!(payload["agent"]["projectId"], Value::Null);

    let only = json!({ "id": made_id });
    let not_found = [("NOT_FOUND".to_owned(), "input.id".to_owned())];
    let (_, request) = done(&bench, "deleteAgent", SHOWS, only.clone()).await;
    assert_eq!(trail(&bench, &request).await[0].0, "agent.delete");
    assert_eq!(
        refused(
            &bench,
            &bench.token,
            "updateAgent",
            SHOWS,
            json!({ "id": made_id, "name": "Gone" })
        )
        .await,
        not_found
    );
    assert_eq!(
        bench
            .data(
                "query($id: ID!) { agent(id: $id) { id } node(id: $id) { id } }",
                only.clone()
            )
            .await,
        json!({ "agent": null, "node": null })
    );
    let (_, request) = done(&bench, "restoreAgent", SHOWS, only.clone()).await;
    assert_eq!(trail(&bench, &request).await[0].0, "agent.restore");
    assert_eq!(
        refused(&bench, &bench.token, "restoreAgent", SHOWS, only).await,
        not_found
    );
}

#[tokio::test]
async fn what_is_wrong_with_an_agent_is_told_at_once() {
    let bench = Bench::northwind().await;
    let wrong = json!({
        "projectId": "018f0000-0000-7000-8000-000000000001", "name": "", "description": "x".repeat(2001), "agentType": "HR", "systemPrompt": "",
        "modelName": "m".repeat(101), "temperature": 2.01, "maxTokens": 0, "tools": ["search", "", "search", "t".repeat(101)], "metadata": [1],
    });
    let expected: Vec<(String, String)> = [
        ("INVALID", "input.description"),
        ("INVALID", "input.maxTokens"),
        ("INVALID", "input.metadata"),
        ("INVALID", "input.modelName"),
        ("INVALID", "input.name"),
        ("INVALID", "input.systemPrompt"),
        ("INVALID", "input.temperature"),
        ("INVALID", "input.tools.1"),
        ("INVALID", "input.tools.2"),
        ("INVALID", "input.tools.3"),
        ("NOT_FOUND", "input.projectId"),
    ]
    .map(|(code, path)| (code.to_owned(), path.to_owned()))
    .into();
    assert_eq!(
        refused(&bench, &bench.token, "createAgent", SHOWS, wrong.clone()).await,
        expected
    );
    let mut changed = wrong;
    changed["id"] = json!(demo_agent(&bench, "Field guide").await);
    assert_eq!(
        refused(&bench, &bench.token, "updateAgent", SHOWS, changed.clone()).await,
        expected
    );
    let below = json!({ "id": changed["id"], "temperature": -0.1, "tools": vec!["t"; 101] });
    assert_eq!(
        refused(&bench, &bench.token, "updateAgent", SHOWS, below).await,
        [
            ("INVALID".to_owned(), "input.temperature".to_owned()),
            ("INVALID".to_owned(), "input.tools".to_owned())
        ]
    );
}

#[tokio::test]
async fn an_agent_with_conversations_is_never_deleted_for_good() {
    let bench = Bench::northwind().await;
    let guide = demo_agent(&bench, "Field guide").await;
    let error = execute(
        &bench.superuser,
        &format!("DELETE FROM agent_configs WHERE id = '{guide}'"),
        [],
    )
    .await
    .unwrap_err();
    assert_eq!(
        (
            refusal(&error).code.as_str(),
            refusal(&error).constraint.as_str()
        ),
        ("23503", "conversations_agent_fkey")
    );
    // In the bin it starts no conversation any more, and those that are there go on.
    let talk = id(
        &bench,
        "SELECT id::text FROM conversations WHERE title LIKE 'What to photograph%'",
    )
    .await;
    done(
        &bench,
        "deleteAgent",
        "agent { id }",
        json!({ "id": guide }),
    )
    .await;
    let said = json!({ "conversationId": talk, "messages": [{ "role": "USER", "content": "Still there?" }] });
    done(&bench, "appendMessages", "messages { id }", said).await;
    let shown = bench
        .data("query($id: ID!) { conversation(id: $id) { agentId agent { id } messages { totalCount } } }", json!({ "id": talk }))
        .await;
    assert_eq!(
        shown["conversation"],
        json!({ "agentId": guide, "agent": null, "messages": { "totalCount": 6 } })
    );
    let start = json!({ "agentId": guide, "projectId": project(&bench, MAPLE).await });
    assert_eq!(
        refused(
            &bench,
            &bench.token,
            "startConversation",
            "conversation { id }",
            start
        )
        .await,
        [("NOT_FOUND".to_owned(), "input.agentId".to_owned())]
    );
}

#[tokio::test]
async fn an_agent_starts_conversations_while_it_is_on_and_about_its_own_project() {
    let bench = Bench::northwind().await;
    let (maple, library) = (
        project(&bench, MAPLE).await,
        project(&bench, "Municipal Library Bid").await,
    );
    let (off, bids) = (
        demo_agent(&bench, "Job costing").await,
        demo_agent(&bench, "Bid writer").await,
    );
    for (agent, project, code) in [(&off, &maple, "STATE"), (&bids, &maple, "INVALID")] {
        let input = json!({ "agentId": agent, "projectId": project, "title": "" });
        assert_eq!(
            refused(
                &bench,
                &bench.token,
                "startConversation",
                "conversation { id }",
                input
            )
            .await,
            [
                ("INVALID".to_owned(), "input.title".to_owned()),
                (code.to_owned(), "input.agentId".to_owned())
            ]
            .into_iter()
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
        );
    }
    done(
        &bench,
        "startConversation",
        "conversation { id }",
        json!({ "agentId": bids, "projectId": library }),
    )
    .await;
}

/// Who switches an agent off is waited for by who starts a conversation with it, and the other way round.
#[tokio::test]
async fn an_agent_that_is_switched_off_at_the_same_moment_starts_no_conversation() {
    let bench = Bench::northwind().await;
    let (maple, guide) = (
        project(&bench, MAPLE).await,
        demo_agent(&bench, "Field guide").await,
    );
    let before: i64 = value(&bench.superuser, "SELECT count(*) FROM conversations").await;
    for off in [
        "is_active = false",
        "deleted_at = now()",
        "project_id = (SELECT id FROM projects WHERE name = 'Municipal Library Bid')",
    ] {
        let switching = bench.superuser.begin().await.unwrap();
        execute(
            &switching,
            &format!("UPDATE agent_configs SET {off} WHERE id = '{guide}'"),
            [],
        )
        .await
        .unwrap();
        let input = json!({ "agentId": guide, "projectId": maple });
        let (started, ()) = tokio::join!(
            mutate(
                &bench,
                &bench.token,
                "startConversation",
                "conversation { id }",
                &input
            ),
            async {
                bench.running(1, true).await;
                switching.commit().await.unwrap();
            }
        );
        assert_eq!(
            started.0["errors"][0]["code"], "STATE",
            "{off}: {}",
            started.0
        );
        assert_eq!(started.0["conversation"], Value::Null);
        bench.arrange(&format!("UPDATE agent_configs SET is_active = true, deleted_at = NULL, project_id = NULL WHERE id = '{guide}'")).await;
    }
    let after: Vec<i64> = column(&bench.superuser, "SELECT count(*) FROM conversations").await;
    assert_eq!(after, [before]);
}
