//! W2p: what W2 loses while 20 people sign in with a password at once.
//!
//! The accounts do not exist. Their sign-ins cost the same, by design: the program hashes the password
//! of an unknown address too. One IP address has 30 attempts a minute, so there is one round.

use futures::future::try_join_all;
use serde_json::json;

use crate::{
    Error, Settings,
    client::Client,
    figures::{Judge, Ratio, Report},
    server::Server,
    w1m, w2,
};

const PEOPLE: usize = 20;

/// Compares the rate of finished runs during the sign-ins with the mean of the rates before and after, so
/// that what a growing table costs counts on both sides.
pub async fn run(settings: &Settings, server: &Server, report: &mut Report) -> Result<(), Error> {
    let pipeline = server.create_pipeline(&w1m::chain(5)).await?;
    let before = w2::one_round(settings, server, &pipeline, w2::lasting(10)).await?;
    let start = std::time::Instant::now();
    let beside = w2::one_round(settings, server, &pipeline, sign_ins(server)).await?;
    let took = start.elapsed().as_secs_f64();
    let after = w2::one_round(settings, server, &pipeline, w2::lasting(10)).await?;
    let alone = f64::midpoint(before, after);
    report.result(
        "W2p_alone",
        vec![before, after],
        "runs/s",
        Ratio::Own,
        Judge::Printed,
    );
    report.result("W2p_s", vec![took], "s", Ratio::Own, Judge::Printed);
    report.result(
        "W2p",
        vec![beside / alone],
        "of W2",
        Ratio::Own,
        Judge::AtLeast(0.8),
    );
    Ok(())
}

/// Ends when everybody has an answer.
async fn sign_ins(server: &Server) -> Result<(), Error> {
    try_join_all((0..PEOPLE).map(|n| sign_in(server, n))).await?;
    Ok(())
}

async fn sign_in(server: &Server, n: usize) -> Result<(), Error> {
    let mut client = Client::connect(&server.host, "").await?;
    let body = json!({ "email": format!("person{n}@example.com"), "password": "correct horse" });
    let answer = client.post("/auth/password", &body.to_string()).await?;
    match answer.status {
        401 => Ok(()),
        status => Err(format!("a sign-in was answered with {status}").into()),
    }
}
