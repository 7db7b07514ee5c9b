//! How often somebody may try, on all gateways together.

use fieldgraph::settings::Settings;
use futures::future::join_all;
use serde_json::Value;
use support::{Answer, Gateway, Statements};

use super::{ADMIN, House, PASSWORD, fault, is, sign_in, sign_in_from};

const WRONG: &str = "fieldgraph-dem0";

/// How many seconds a refused attempt is to wait.
#[track_caller]
fn wait(answer: &Answer) -> u64 {
    assert_eq!(
        (answer.status.as_u16(), answer.code()),
        (429, "RATE_LIMITED")
    );
    assert!(answer.body.get("data").is_none(), "{}", answer.text);
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert_eq!(
        answer.body["errors"][0]["extensions"]["retryAfter"],
        Value::from(seconds)
    );
    assert!(seconds >= 1);
    seconds
}

async fn fails(gateway: &Gateway, login: &str) {
    let answer = sign_in(gateway, login, WRONG).await;
    assert_eq!(fault(&answer, "signIn"), is("INVALID", "input"));
}

/// As if so much time had passed.
async fn pass(house: &House, time: &str) {
    house
        .arrange(&format!(
            "UPDATE sign_in_attempts SET blocked_until = blocked_until - interval '{time}', expires_at = expires_at - interval '{time}'"
        ))
        .await;
}

fn behind_a_proxy(settings: &mut Settings) {
    settings.trusted_proxies = vec![
        "127.0.0.0/8".parse().unwrap(),
        "10.1.0.0/16".parse().unwrap(),
    ];
}

#[tokio::test]
async fn an_account_is_guessed_at_five_times_and_then_ever_more_slowly() {
    let house = House::open().await;
    for turn in 0..5 {
        // The case of an address is none, and neither is the gateway.
        let login = if turn % 2 == 0 {
            ADMIN
        } else {
            "Admin@NORTHWIND.example"
        };
        fails(house.both()[turn % 2], login).await;
    }
    for gateway in house.both() {
        let seconds = wait(&sign_in(gateway, ADMIN, WRONG).await);
        assert!(seconds <= 15, "{seconds}");
        // Not even with the right password: otherwise this would be a guess too.
        wait(&sign_in(gateway, ADMIN, PASSWORD).await);
    }
    // Somebody else there is not kept from it.
    house.sign_in("northwind.engineer").await;
    for longest in [30, 60, 120, 240, 480, 900, 900, 900] {
        pass(&house, "15 minutes").await;
        fails(&house.one, ADMIN).await;
        let seconds = wait(&sign_in(&house.other, ADMIN, WRONG).await);
        assert!(
            (longest / 2 + 1..=longest).contains(&seconds),
            "{seconds} of {longest}"
        );
    }
    pass(&house, "15 minutes").await;
    house.sign_in(ADMIN).await;
    // Who knows the password begins anew.
    for _ in 0..5 {
        fails(&house.one, ADMIN).await;
    }
    wait(&sign_in(&house.one, ADMIN, WRONG).await);
    // And so does everybody, after a while.
    pass(&house, "31 minutes").await;
    for _ in 0..5 {
        fails(&house.one, ADMIN).await;
    }
    wait(&sign_in(&house.one, ADMIN, WRONG).await);
}

#[tokio::test]
async fn fifty_guesses_at_the_same_moment_are_not_fifty_guesses() {
    let house = House::open().await;
    let watched = Statements::watch();
    let guesses = (0..50).map(|turn| sign_in(house.both()[turn % 2], ADMIN, WRONG));
    let answers = join_all(guesses).await;
    let tried = answers
        .iter()
        .filter(|answer| answer.status == 200)
        .inspect(|answer| assert_eq!(fault(answer, "signIn"), is("INVALID", "input")))
        .count();
    assert_eq!(tried, 5);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        wait(answer);
    }
    assert_eq!(watched.take_checked(), ["argon2id"; 5]);
}

#[tokio::test]
async fn whoever_knows_their_password_is_never_slowed_down_by_others_who_do() {
    let house = House::open().await;
    let people = [
        "northwind.admin",
        "northwind.engineer",
        "northwind.viewer",
        "northwind.contractor",
    ];
    for _ in 0..12 {
        let at_once =
            (0..8).map(|turn| sign_in(house.both()[turn / 4], people[turn % 4], PASSWORD));
        for answer in join_all(at_once).await {
            super::session(&answer, "signIn");
        }
    }
}

#[tokio::test]
async fn an_address_that_tries_many_accounts_is_slowed_down_too() {
    let house = House::open().await;
    for turn in 0..50 {
        fails(
            house.both()[turn % 2],
            &format!("person{turn}@northwind.example"),
        )
        .await;
    }
    for gateway in house.both() {
        wait(&sign_in(gateway, "person50@northwind.example", WRONG).await);
        wait(&sign_in(gateway, ADMIN, PASSWORD).await);
    }
    pass(&house, "15 seconds").await;
    // Whoever gets in there has one attempt back, and not all: their neighbours' stay counted.
    house.sign_in(ADMIN).await;
    fails(&house.one, "person51@northwind.example").await;
    wait(&sign_in(&house.one, "person52@northwind.example", WRONG).await);
}

#[tokio::test]
async fn one_address_keeps_nobody_else_from_their_account() {
    let house = House::with(behind_a_proxy).await;
    let (thief, owner) = ("192.0.2.1", "192.0.2.2");
    for _ in 0..5 {
        let answer = sign_in_from(&house.one, thief, ADMIN, WRONG).await;
        assert_eq!(fault(&answer, "signIn"), is("INVALID", "input"));
    }
    for _ in 0..30 {
        wait(&sign_in_from(&house.one, thief, ADMIN, WRONG).await);
    }
    let answer = sign_in_from(&house.other, owner, ADMIN, PASSWORD).await;
    super::session(&answer, "signIn");
}

#[tokio::test]
async fn many_addresses_have_twenty_five_guesses_at_an_account() {
    let house = House::with(behind_a_proxy).await;
    for turn in 0..25 {
        let from = format!("192.0.2.{turn}");
        let answer = sign_in_from(house.both()[turn % 2], &from, ADMIN, WRONG).await;
        assert_eq!(fault(&answer, "signIn"), is("INVALID", "input"));
    }
    wait(&sign_in_from(&house.one, "198.51.100.1", ADMIN, WRONG).await);
}

#[tokio::test]
async fn where_a_request_came_from_is_what_a_trusted_proxy_says_and_nobody_else() {
    // Nobody is trusted: whatever is claimed, it is one address.
    let house = House::open().await;
    for turn in 0..5 {
        sign_in_from(&house.one, &format!("192.0.2.{turn}"), ADMIN, WRONG).await;
    }
    wait(&sign_in_from(&house.one, "192.0.2.9", ADMIN, WRONG).await);

    let house = House::with(behind_a_proxy).await;
    for (turn, forwarded) in [
        // What stands before the last one that is none of ours, the client may have written.
        "192.0.2.1",
        "1.1.1.1, 192.0.2.1",
        "2.2.2.2, 192.0.2.1:4711",
        "3.3.3.3,192.0.2.1, 10.1.2.3",
        "nonsense, ::ffff:192.0.2.1 , 10.1.0.1:80, 127.0.0.9",
    ]
    .into_iter()
    .enumerate()
    {
        let answer = sign_in_from(house.both()[turn % 2], forwarded, ADMIN, WRONG).await;
        assert_eq!(
            fault(&answer, "signIn"),
            is("INVALID", "input"),
            "{forwarded}"
        );
    }
    wait(&sign_in_from(&house.one, "192.0.2.1", ADMIN, WRONG).await);
    // A proxy that says nothing, or what cannot be read, is all that is known.
    for forwarded in ["", "nonsense", "192.0.2.1, nonsense"] {
        let answer = sign_in_from(&house.one, forwarded, ADMIN, WRONG).await;
        assert_eq!(answer.status, 200, "{forwarded}");
    }
    // Of IPv6, a whole network is one.
    for turn in 0..5 {
        let from = format!("2001:db8:1:2:{turn}::1");
        assert_eq!(
            sign_in_from(&house.one, &from, ADMIN, WRONG).await.status,
            200
        );
    }
    wait(&sign_in_from(&house.one, "[2001:db8:1:2:ffff::1]:443", ADMIN, WRONG).await);
    let answer = sign_in_from(&house.one, "2001:db8:1:3::1", ADMIN, PASSWORD).await;
    super::session(&answer, "signIn");
    let (.., metadata, _) = house.trail("session.sign_in").await.pop().unwrap();
    assert_eq!(metadata["address"], "2001:db8:1:3::1");
}

#[tokio::test]
async fn a_client_that_expects_plain_json_is_told_by_the_status_too() {
    let house = House::open().await;
    for _ in 0..5 {
        fails(&house.one, ADMIN).await;
    }
    let request = house
        .one
        .request(reqwest::Method::POST, "/graphql")
        .json(&super::operation(
            "signIn",
            super::SESSION,
            serde_json::json!({ "login": ADMIN, "password": PASSWORD }),
        ));
    wait(&Answer::of(request).await);
}
