//! Conversations: from the first word to the bin and back, and what is said in them by many at once.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::join_all;
use reqwest::Method;
use sea_orm::TransactionTrait;
use serde_json::{Value, json};
use support::{Answer, Statements, execute, value};

use super::{Bench, MAPLE, done, id, mutate, project, refused, trail};

const SHOWS: &str = "conversation { id title userId tokensUsed updatedAt user { username } agent { name } project { name } messages { totalCount nodes { role content tokensUsed finishReason } } }";

async fn guide(bench: &Bench) -> String {
    id(
        bench,
        "SELECT id::text FROM agent_configs WHERE name = 'Field guide'",
    )
    .await
}

/// A conversation of the caller's, in which nothing is said yet.
async fn started(bench: &Bench) -> String {
    let input = json!({ "agentId": guide(bench).await, "projectId": project(bench, MAPLE).await });
    let (payload, _) = done(bench, "startConversation", "conversation { id }", input).await;
    payload["conversation"]["id"].as_str().unwrap().to_owned()
}

fn said(content: &str) -> Value {
    json!({ "role": "USER", "content": content })
}

#[tokio::test]
async fn a_conversation_from_its_first_word_to_the_bin_and_back() {
    let bench = Bench::northwind().await;
    let (guide, maple) = (guide(&bench).await, project(&bench, MAPLE).await);
    let first = json!([
        { "role": "SYSTEM", "content": "On site." },
        { "role": "USER", "content": "How many hits?", "tokensUsed": 4 },
        { "role": "ASSISTANT", "content": "", "tokensUsed": 30, "finishReason": "tool_calls" },
    ]);
    let input = json!({ "agentId": guide, "projectId": maple, "title": "Hits", "messages": first });
    let (payload, request) = done(&bench, "startConversation", SHOWS, input).await;
    let talk = &payload["conversation"];
    assert_eq!(
        (
            &talk["tokensUsed"],
            &talk["user"]["username"],
            &talk["agent"]["name"],
            &talk["project"]["name"],
            &talk["messages"]["totalCount"]
        ),
        (
            &json!(34),
            &json!("northwind.admin"),
            &json!("Field guide"),
            &json!(MAPLE),
            &json!(3)
        )
    );
    let roles: Vec<&Value> = talk["messages"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| &message["role"])
        .collect();
    assert_eq!(roles, ["SYSTEM", "USER", "ASSISTANT"]);
    let told = trail(&bench, &request).await;
    assert_eq!(
        told.iter()
            .map(|entry| entry.0.as_str())
            .collect::<Vec<_>>(),
        [
            "conversation.create",
            "message.create",
            "message.create",
            "message.create"
        ]
    );
    // What was said is nobody else's: the trail has who spoke, and what it cost.
    assert!(!format!("{told:?}").contains("hits"), "{told:?}");

    // Something that is said is a change of the conversation.
    let since = talk["updatedAt"].clone();
    let append =
        json!({ "conversationId": talk["id"], "messages": [said("Three."), said("No, four.")] });
    let (payload, _) = done(
        &bench,
        "appendMessages",
        "messages { content conversation { id updatedAt } }",
        append,
    )
    .await;
    assert_eq!(payload["messages"][1]["content"], "No, four.");
    let now = payload["messages"][0]["conversation"]["updatedAt"].clone();
    assert!(now.as_str() > since.as_str(), "{now} after {since}");
    let rename = |title: &str, since: &Value| json!({ "id": talk["id"], "title": title, "ifUnchangedSince": since });
    assert_eq!(
        refused(
            &bench,
            &bench.token,
            "renameConversation",
            "conversation { id }",
            rename("Late", &since)
        )
        .await,
        [("CONFLICT".to_owned(), "input.ifUnchangedSince".to_owned())]
    );
    let (payload, request) = done(
        &bench,
        "renameConversation",
        SHOWS,
        rename("Four hits", &now),
    )
    .await;
    assert_eq!(payload["conversation"]["title"], "Four hits");
    assert_eq!(
        trail(&bench, &request).await[0].2,
        json!({ "before": { "title": "Hits" }, "after": { "title": "Four hits" } })
    );
    for (input, path) in [
        (json!({ "title": "" }), "input.title"),
        (json!({}), "input"),
    ] {
        let mut input = input;
        input["id"] = talk["id"].clone();
        assert_eq!(
            refused(&bench, &bench.token, "renameConversation", SHOWS, input).await,
            [("INVALID".to_owned(), path.to_owned())]
        );
    }

    let only = json!({ "id": talk["id"] });
    done(
        &bench,
        "deleteConversation",
        "conversation { id }",
        only.clone(),
    )
    .await;
    let append = json!({ "conversationId": talk["id"], "messages": [said("Anybody?")] });
    for (mutation, input, path) in [
        (
            "renameConversation",
            json!({ "id": talk["id"], "title": "Gone" }),
            "input.id",
        ),
        ("deleteConversation", only.clone(), "input.id"),
        ("appendMessages", append, "input.conversationId"),
    ] {
        assert_eq!(
            refused(&bench, &bench.token, mutation, "", input).await,
            [("NOT_FOUND".to_owned(), path.to_owned())],
            "{mutation}"
        );
    }
    let (payload, _) = done(&bench, "restoreConversation", SHOWS, only).await;
    assert_eq!(payload["conversation"]["messages"]["totalCount"], 5);
}

#[tokio::test]
async fn what_is_wrong_with_messages_is_told_at_once() {
    let bench = Bench::northwind().await;
    let nobody = "018f0000-0000-7000-8000-000000000001";
    let wrong = json!([
        said("Fine."),
        { "role": "USER", "content": "x".repeat(100_001) },
        { "role": "ASSISTANT", "content": "", "tokensUsed": -1, "finishReason": "" },
    ]);
    let faults = [
        "input.messages.1.content",
        "input.messages.2.finishReason",
        "input.messages.2.tokensUsed",
    ]
    .map(|path| ("INVALID".to_owned(), path.to_owned()));
    let missing = |path: &str| ("NOT_FOUND".to_owned(), path.to_owned());
    let append = |messages: &Value| json!({ "conversationId": nobody, "messages": messages });
    let refuse =
        async |name: &str, input: Value| refused(&bench, &bench.token, name, "", input).await;
    let mut expected = faults.to_vec();
    expected.push(missing("input.conversationId"));
    assert_eq!(refuse("appendMessages", append(&wrong)).await, expected);
    assert_eq!(
        refuse("appendMessages", append(&json!([said("Hello?")]))).await,
        [missing("input.conversationId")]
    );
    for messages in [vec![], vec![said("x"); 1001]] {
        assert_eq!(
            refuse("appendMessages", append(&json!(messages))).await,
            [
                ("INVALID".to_owned(), "input.messages".to_owned()),
                missing("input.conversationId")
            ]
        );
    }
    let mut expected = faults.to_vec();
    expected.extend(["input.agentId", "input.projectId"].map(missing));
    assert_eq!(
        refuse(
            "startConversation",
            json!({ "agentId": nobody, "projectId": nobody, "messages": wrong })
        )
        .await,
        expected
    );
}

#[tokio::test]
async fn a_thousand_messages_are_one_statement_and_keep_their_order() {
    let bench = Bench::northwind().await;
    let talk = started(&bench).await;
    let messages: Vec<Value> = (0..1000).map(|n| said(&format!("no. {n}"))).collect();
    let statements = Statements::watch();
    let (payload, request) = done(
        &bench,
        "appendMessages",
        "messages { content }",
        json!({ "conversationId": talk, "messages": messages }),
    )
    .await;
    let asked = statements.take();
    assert_eq!(
        asked.len(),
        2,
        "messages and trail, with the commit: {asked:#?}"
    );
    let expected: Vec<Value> = messages
        .iter()
        .map(|message| message["content"].clone())
        .collect();
    let answered: Vec<&Value> = payload["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| &message["content"])
        .collect();
    assert_eq!(answered, expected.iter().collect::<Vec<_>>());
    assert_eq!(trail(&bench, &request).await.len(), 1000);
    assert_eq!(read_on(&bench, &talk, &mut None).await, expected);
}

/// All that comes after a cursor, page by page; the cursor goes along.
async fn read_on(bench: &Bench, talk: &str, after: &mut Option<String>) -> Vec<Value> {
    let mut read = Vec::new();
    loop {
        let data = bench
            .data(
                "query($id: ID!, $after: String) { conversation(id: $id) { messages(first: 100, after: $after) { edges { cursor node { content } } pageInfo { hasNextPage } } } }",
                json!({ "id": talk, "after": after }),
            )
            .await;
        let page = &data["conversation"]["messages"];
        for edge in page["edges"].as_array().unwrap() {
            read.push(edge["node"]["content"].clone());
            *after = Some(edge["cursor"].as_str().unwrap().to_owned());
        }
        if page["pageInfo"]["hasNextPage"] == false {
            return read;
        }
    }
}

#[tokio::test]
async fn batches_of_many_writers_stand_together_and_who_reads_on_misses_none() {
    const WRITERS: usize = 24;
    const BATCHES: usize = 5;
    const SIZE: usize = 20;
    let bench = Bench::northwind().await;
    let talk = started(&bench).await;
    let done_writing = AtomicBool::new(false);
    let write = async |writer: usize| {
        for batch in 0..BATCHES {
            let messages: Vec<Value> = (0..SIZE)
                .map(|n| said(&format!("{writer}/{batch}/{n}")))
                .collect();
            let input = json!({ "conversationId": talk, "messages": messages });
            let (payload, _) = mutate(
                &bench,
                &bench.token,
                "appendMessages",
                "messages { id }",
                &input,
            )
            .await;
            assert_eq!(payload["errors"], json!([]), "{payload}");
        }
    };
    let read = async {
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let last = done_writing.load(Ordering::SeqCst);
            seen.extend(read_on(&bench, &talk, &mut after).await);
            if last {
                return seen;
            }
        }
    };
    let (seen, ()) = tokio::join!(read, async {
        join_all((0..WRITERS).map(write)).await;
        done_writing.store(true, Ordering::SeqCst);
    });
    // Each once, in the order in which they stand.
    assert_eq!(seen, read_on(&bench, &talk, &mut None).await);
    assert_eq!(seen.len(), WRITERS * BATCHES * SIZE);
    let mut batches = BTreeSet::new();
    for batch in seen.chunks(SIZE) {
        let name = batch[0]
            .as_str()
            .unwrap()
            .strip_suffix("/0")
            .unwrap_or_else(|| panic!("a batch begins with {}", batch[0]));
        let expected: Vec<Value> = (0..SIZE).map(|n| json!(format!("{name}/{n}"))).collect();
        assert_eq!(batch, expected);
        assert!(batches.insert(name.to_owned()), "{name} stands twice");
    }
    // A writer's second batch comes after the first.
    for writer in 0..WRITERS {
        let own: Vec<&str> = seen
            .iter()
            .filter_map(Value::as_str)
            .filter(|content| content.starts_with(&format!("{writer}/")) && content.ends_with("/0"))
            .collect();
        assert!(own.is_sorted(), "{own:?}");
    }
    let rising: bool = value(
        &bench.superuser,
        &format!("SELECT bool_and(created_at > before) FROM (SELECT created_at, lag(created_at) OVER (ORDER BY created_at, id) AS before FROM messages WHERE conversation_id = '{talk}') AS said"),
    )
    .await;
    assert!(rising, "two messages of one moment");
}

#[tokio::test]
async fn a_conversation_that_goes_into_the_bin_at_the_same_moment_takes_no_more() {
    let bench = Bench::northwind().await;
    let talk = started(&bench).await;
    let binning = bench.superuser.begin().await.unwrap();
    execute(
        &binning,
        &format!("UPDATE conversations SET deleted_at = now() WHERE id = '{talk}'"),
        [],
    )
    .await
    .unwrap();
    let input = json!({ "conversationId": talk, "messages": [said("Too late.")] });
    let ((payload, _), ()) = tokio::join!(
        mutate(
            &bench,
            &bench.token,
            "appendMessages",
            "messages { id }",
            &input
        ),
        async {
            bench.running(1, true).await;
            binning.commit().await.unwrap();
        }
    );
    assert_eq!(
        (&payload["errors"][0]["code"], &payload["errors"][0]["path"]),
        (&json!("NOT_FOUND"), &json!(["input", "conversationId"]))
    );
    let said: i64 = value(
        &bench.superuser,
        &format!("SELECT count(*) FROM messages WHERE conversation_id = '{talk}'"),
    )
    .await;
    assert_eq!(said, 0);
}

#[tokio::test]
async fn a_retry_never_says_anything_twice() {
    let bench = Bench::northwind().await;
    let talk = started(&bench).await;
    let body = json!({
        "query": "mutation($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { id } errors { code } } }",
        "variables": { "input": { "conversationId": talk, "messages": [said("Once."), said("And once.")] } },
    });
    let send = || {
        let request = bench
            .gateway
            .request(Method::POST, "/graphql")
            .header("Idempotency-Key", "said-once");
        Answer::of(request.bearer_auth(&bench.token).json(&body))
    };
    let first = send().await;
    assert_eq!(first.data()["appendMessages"]["errors"], json!([]));
    assert_eq!(send().await.text, first.text);
    let together = join_all((0..5).map(|_| send())).await;
    assert!(together.iter().all(|answer| answer.text == first.text));
    assert_eq!(
        read_on(&bench, &talk, &mut None).await,
        ["Once.", "And once."]
    );
}
