//! Search: the right ones in the right order, of those that the caller may read, and as many as were asked for.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};
use support::{Statements, column, rows};

use super::{document, done, embedding, northwind, person, somebody};
use crate::graph::bench::Bench;

/// Documents with a chunk each, in all directions between two: `n` of them, closed but for every `open`th.
async fn fill(bench: &Bench, n: u32, open: u32) {
    bench
        .superuser
        .execute_unprepared(&format!(
            "INSERT INTO documents (organization_id, title, file_name, storage_key, file_type, mission, content, uploaded_by)
             SELECT organization_id, 'Filling ' || n, 'f', 'f', 'txt', 'filling', 'A lantern' || repeat(' and a lantern', n % 7) || repeat(' by night', 1 + n % 3), id
             FROM users, generate_series(1, {n}) AS n WHERE username = 'northwind.admin';
             INSERT INTO document_chunks (organization_id, audience_id, document_id, chunk_index, text, start_char, end_char, embedding)
             SELECT organization_id, audience_id, id, 0, content, 0, 1,
               (SELECT array_agg(CASE place WHEN 0 THEN 1.0 WHEN 1 THEN split_part(title, ' ', 2)::float8 / {n} ELSE 0 END ORDER BY place) FROM generate_series(0, 383) AS place)::real[]
             FROM documents WHERE mission = 'filling';
             INSERT INTO document_permissions (organization_id, audience_id, document_id, user_id, permission_type)
             SELECT organization_id, audience_id, id, uploaded_by, 'read' FROM documents WHERE mission = 'filling' AND split_part(title, ' ', 2)::int % {open} <> 0;
             ANALYZE documents, document_chunks, document_permissions"
        ))
        .await
        .unwrap();
}

async fn hits(bench: &Bench, token: &str, field: &str) -> Vec<Value> {
    let ask = format!(
        "{{ it: {field} {{ score textRank textScore meaningRank meaningScore node {{ id }} }} }}"
    );
    let answer = bench.gateway.query(token, &ask, json!({})).await;
    answer.data()["it"].as_array().unwrap().clone()
}

fn ids(hits: &[Value]) -> Vec<String> {
    hits.iter()
        .map(|hit| hit["node"]["id"].as_str().unwrap().to_owned())
        .collect()
}

/// What the viewer may read, counted by the superuser, whom no wall stops.
const OPEN: &str = "documents.deleted_at IS NULL AND is_searchable AND documents.project_id IS NULL AND documents.organization_id = (SELECT id FROM organizations WHERE slug = 'northwind')
  AND NOT EXISTS (SELECT FROM document_permissions WHERE document_id = documents.id)";

#[tokio::test]
async fn where_nearly_all_is_closed_the_right_ones_come_and_as_many_as_were_asked_for() {
    let bench = northwind().await;
    fill(&bench, 3000, 100).await;
    let viewer = somebody(&bench, "northwind", "viewer").await;
    let meaning = json!(embedding(&[(0, 1.0)]));
    // By hand: the nearer, the smaller the number of the document; of 3,000 the thirty open ones are among the farthest.
    let nearest: Vec<String> = column(
        &bench.superuser,
        &format!(
            "SELECT document_chunks.id::text FROM document_chunks JOIN documents ON documents.id = document_id
             CROSS JOIN LATERAL (SELECT sum(a * b) / sqrt(sum(a * a)) AS near
               FROM unnest((document_chunks.embedding::real[])::float8[], ('{{' || '1' || repeat(',0', 383) || '}}')::float8[]) AS t(a, b)) AS cosine
             WHERE {OPEN} ORDER BY near DESC, document_chunks.id LIMIT 25"
        ),
    )
    .await;
    let by_meaning = hits(
        &bench,
        &viewer,
        &format!("searchChunks(embedding: {meaning}, first: 25)"),
    )
    .await;
    assert_eq!(ids(&by_meaning), nearest);
    assert!(
        by_meaning
            .windows(2)
            .all(|pair| pair[0]["meaningScore"].as_f64() >= pair[1]["meaningScore"].as_f64())
    );

    let ranked: Vec<String> = column(
        &bench.superuser,
        &format!(
            "SELECT documents.id::text FROM documents WHERE {OPEN} AND search_vector @@ to_tsquery('english', 'lantern & night')
             ORDER BY ts_rank_cd(search_vector, to_tsquery('english', 'lantern & night'), 33)::float8 DESC, id LIMIT 20"
        ),
    )
    .await;
    assert_eq!(ranked.len(), 20, "so many are open");
    let by_words = hits(
        &bench,
        &viewer,
        "searchDocuments(query: \"lanterns nights\")",
    )
    .await;
    assert_eq!(ids(&by_words), ranked);

    // Both together, put together by hand.
    let by_words = hits(
        &bench,
        &viewer,
        "searchDocuments(query: \"lanterns nights\", first: 100)",
    )
    .await;
    let by_meaning = hits(
        &bench,
        &viewer,
        &format!("searchDocuments(embedding: {meaning}, first: 100)"),
    )
    .await;
    let mut sums = BTreeMap::<String, f64>::new();
    for list in [ids(&by_words), ids(&by_meaning)] {
        for (place, id) in list.into_iter().enumerate() {
            *sums.entry(id).or_default() += 1.0 / (61.0 + place as f64);
        }
    }
    let mut fused: Vec<(String, f64)> = sums.into_iter().collect();
    fused.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let both = hits(
        &bench,
        &viewer,
        &format!("searchDocuments(query: \"lanterns nights\", embedding: {meaning}, first: 15)"),
    )
    .await;
    assert_eq!(
        ids(&both),
        fused
            .iter()
            .take(15)
            .map(|(id, _)| id.clone())
            .collect::<Vec<_>>()
    );
    for (hit, (_, sum)) in both.iter().zip(&fused) {
        assert!((hit["score"].as_f64().unwrap() - sum).abs() < 1e-12);
    }
    // Who may read all of it gets what lies nearer.
    let uploader = somebody(&bench, "northwind", "admin").await;
    let all = hits(
        &bench,
        &uploader,
        &format!("searchChunks(embedding: {meaning}, first: 25)"),
    )
    .await;
    assert_eq!(all.len(), 25);
    assert!(all[24]["meaningScore"].as_f64() > by_meaning[0]["meaningScore"].as_f64());
}

#[tokio::test]
async fn a_filter_takes_nobodys_place_and_a_search_is_one_statement() {
    let bench = northwind().await;
    fill(&bench, 300, 1).await;
    let mine = document(&bench, None, "Mine", "A lantern stands far from all others").await;
    let meaning = json!(embedding(&[(1, -1.0)]));
    let statements = Statements::watch();
    for field in [
        format!("searchDocuments(query: \"lantern\", embedding: {meaning}, filter: {{ mission: {{ eq: \"Mine\" }} }}, first: 1)"),
        format!("searchDocuments(embedding: {meaning}, filter: {{ permissions: {{ none: {{ }} }}, chunks: {{ some: {{ chunkIndex: {{ eq: 0 }} }} }}, mission: {{ startsWith: \"Mi\" }} }}, first: 1)"),
        "searchDocuments(query: \"lantern\", filter: { uploadedBy: { username: { eq: \"northwind.engineer\" } } })".to_owned(),
    ] {
        statements.take();
        let found = hits(&bench, &bench.token, &field).await;
        assert_eq!(ids(&found), [mine.as_str()], "{field}");
        let asked = statements.take();
        assert_eq!(asked.len(), 1, "{asked:#?}");
    }
}

#[tokio::test]
async fn each_document_is_understood_in_its_language_and_shows_where() {
    let bench = northwind().await;
    let german = document(
        &bench,
        None,
        "Dächer",
        "Die Häuser haben ⟦schöne⟧ Dächer & <b>Türme</b>. Über den Straßen wächst Moos.",
    )
    .await;
    let french = document(
        &bench,
        None,
        "Toits",
        "Les toitures élevées résistent à la grêle.",
    )
    .await;
    let found = async |query: &str| {
        let ask = "query($q: String!) { searchDocuments(query: $q) { highlight node { id } } searchChunks(query: $q) { highlight node { documentId } } }";
        bench.data(ask, json!({ "q": query })).await
    };
    // In English "Dach" is another word than "Dächer".
    assert_eq!(found("Dach").await["searchDocuments"], json!([]));
    for (id, language) in [(&german, "GERMAN"), (&french, "FRENCH")] {
        done(
            &bench,
            "updateDocument",
            "document { language }",
            json!({ "id": id, "language": language }),
        )
        .await;
    }
    for (query, id) in [
        ("Dach", &german),
        ("haus strasse", &german),
        ("STRASSEN", &german),
        ("toiture élevée", &french),
        ("\"résistent à la grêle\"", &french),
        ("grêle -neige", &french),
    ] {
        let hits = found(query).await;
        assert_eq!(
            hits["searchDocuments"][0]["node"]["id"],
            json!(id),
            "{query}"
        );
        assert_eq!(
            hits["searchChunks"][0]["node"]["documentId"],
            json!(id),
            "{query}"
        );
    }
    let hits = found("Dach Turm").await;
    let shown = hits["searchDocuments"][0]["highlight"].as_str().unwrap();
    assert!(shown.contains("haben schöne ⟦Dächer⟧ & "), "{shown}");
    assert_eq!(
        hits["searchChunks"][0]["highlight"],
        hits["searchDocuments"][0]["highlight"]
    );
    // Words alone that stand for nothing find nothing.
    assert_eq!(
        found("der").await["searchDocuments"]
            .as_array()
            .unwrap()
            .len(),
        found("der").await["searchChunks"].as_array().unwrap().len()
    );
}

#[tokio::test]
async fn what_is_no_question_is_refused_and_a_search_costs_what_it_asks_for() {
    let bench = northwind().await;
    let ask = "query($q: String, $e: [Float!], $n: Int) { searchChunks(query: $q, embedding: $e, first: $n) { score } }";
    let long = "ä".repeat(501);
    for (variables, said) in [
        (json!({}), "a search needs a query, an embedding, or both"),
        (
            json!({ "q": long }),
            "query has 1 to 500 characters, not 501, and not only spaces",
        ),
        (
            json!({ "q": " " }),
            "query has 1 to 500 characters, not 1, and not only spaces",
        ),
        (json!({ "q": "a", "n": 101 }), "first is 0 to 100, not 101"),
        (json!({ "q": "a", "n": -1 }), "first is 0 to 100, not -1"),
        (
            json!({ "e": [1.0] }),
            "embedding: this has exactly 384 numbers, not 1",
        ),
        (
            json!({ "e": vec![0.0; 384] }),
            "embedding: this points nowhere: all of its numbers are 0",
        ),
        (
            json!({ "q": "a", "e": vec![1e300; 384] }),
            "embedding: this has a number that is too large",
        ),
    ] {
        let answer = bench.ask_with(ask, variables).await;
        assert_eq!((answer.code(), answer.message()), ("BAD_REQUEST", said));
    }
    assert_eq!(
        bench.data(ask, json!({ "q": "a", "n": 0 })).await,
        json!({ "searchChunks": [] })
    );
    for odd in ["\"", "'", "a & | ! <-> :*", "-", "ÄÖÜ ß", "\u{1F3E0} \\"] {
        bench.data(ask, json!({ "q": odd })).await;
    }
    let dear = bench
        .ask("{ searchDocuments(query: \"a\", first: 100) { node { chunks(first: 100) { nodes { document { chunks(first: 100) { nodes { id } } } } } } } }")
        .await;
    assert_eq!(dear.code(), "COST_LIMIT_EXCEEDED");
}

#[tokio::test]
async fn an_index_answers_what_a_text_contains() {
    let bench = northwind().await;
    fill(&bench, 5000, 1).await;
    document(&bench, None, "Rare", "a heliotrope").await;
    let sql =
        "BEGIN; SET LOCAL ROLE search_keeper; SET LOCAL app.organization_id = ':organization'";
    let organization: String = support::value(
        &bench.superuser,
        "SELECT id::text FROM organizations WHERE slug = 'northwind'",
    )
    .await;
    let connection = bench.database.superuser().await;
    let inside = connection.begin().await.unwrap();
    for statement in sql
        .replace(":organization", &organization)
        .split("; ")
        .skip(1)
    {
        inside.execute_unprepared(statement).await.unwrap();
    }
    for table in ["documents", "document_chunks"] {
        let explain = format!(
            "EXPLAIN SELECT id FROM {table} WHERE organization_id = '{organization}' AND search_vector @@ 'heliotrop'::tsquery"
        );
        let plan: Vec<String> = rows(&inside, &explain)
            .await
            .iter()
            .map(|row| row.try_get_by_index(0).unwrap())
            .collect();
        assert!(
            plan.join("\n")
                .contains(&format!("Bitmap Index Scan on {table}_search_index")),
            "{plan:#?}"
        );
    }
    // It knows identities, and nothing that they say.
    assert!(
        inside
            .execute_unprepared("SELECT title FROM documents")
            .await
            .is_err()
    );
    // And who asks for identities is not told of what is closed.
    let id = document(&bench, None, "Closed", "a closed heliotrope").await;
    super::grant(
        &bench,
        &id,
        json!({ "userId": person(&bench, "engineer").await }),
        &["READ"],
    )
    .await;
    let viewer = somebody(&bench, "northwind", "viewer").await;
    assert_eq!(
        hits(&bench, &viewer, "searchDocuments(query: \"heliotrope\")")
            .await
            .len(),
        1
    );
}
