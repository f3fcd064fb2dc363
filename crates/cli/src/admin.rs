//! `flowmason admin`: what only whoever has the machine may do, directly in the database.

use std::{
    io::{BufRead, IsTerminal, Write},
    time::Duration,
};

use clap::{Args, Subcommand};
use domain::{
    App, AppError,
    identity::{self, SecondFactor},
};

use crate::{
    exit::{self, Exit},
    serve::{Offline, PlaceArgs, Refused},
};

/// The id of the request in the logs.
const REQUEST: &str = "flowmason admin";

/// How long messages to running servers may take.
const MESSAGES: Duration = Duration::from_millis(500);

/// Commands for whoever has the machine of the server
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub struct AdminArgs {
    #[command(subcommand)]
    command: AdminCommand,
}

#[derive(Debug, Subcommand)]
enum AdminCommand {
    ResetSecondFactor(Box<ResetArgs>),
}

/// Remove the second factor of somebody who has lost all of it
///
/// Removes the authenticator app, the recovery codes and the passkeys of an account, and ends its
/// sessions and what applications may do for it. The password stays. With SQLite, stop the server first.
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
struct ResetArgs {
    /// The email address of the account
    email: String,

    /// Do not ask for the address again
    #[arg(long)]
    yes: bool,

    #[command(flatten)]
    place: PlaceArgs,
}

/// Carries out a command.
pub fn admin(args: AdminArgs) -> Exit {
    let AdminCommand::ResetSecondFactor(args) = args.command;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: The program cannot start: {error}");
            return Exit::RunFailed;
        }
    };
    match runtime.block_on(reset_second_factor(*args)) {
        Ok(()) => Exit::Ok,
        Err(refused) => {
            eprintln!("error: {}", types::sentence(&refused.message));
            refused.exit
        }
    }
}

async fn reset_second_factor(args: ResetArgs) -> Result<(), Refused> {
    let offline = Offline::open(args.place).await?;
    let done = reset(&offline.app, &args.email, args.yes).await;
    offline.app.close().await;
    done
}

async fn reset(app: &App, email: &str, yes: bool) -> Result<(), Refused> {
    let held = identity::second_factor_of(app, email).await;
    let held = held.map_err(failed)?;
    if held.is_none() {
        return Err(Refused {
            exit: Exit::RunFailed,
            message: format!("The account {email} has no second factor; nothing was changed"),
        });
    }
    print!("{}", plan(email, &held));
    if !yes {
        confirm(email)?;
    }
    identity::reset_second_factor(app, email, REQUEST)
        .await
        .map_err(failed)?;
    if app.settings().redis.is_some() {
        // The running servers hear of it from a task in the background.
        tokio::time::sleep(MESSAGES).await;
    }
    println!("The second factor of {email} was removed.");
    if !domain::mail::is_on(app) {
        println!("This server sends no mail: tell the person yourself.");
    }
    Ok(())
}

/// What will happen, in lines.
fn plan(email: &str, held: &SecondFactor) -> String {
    let mut lines = vec![format!("The account {email} ({}) loses:", held.name)];
    if held.app {
        lines.push(format!(
            "- the authenticator app and {} unused recovery codes",
            held.recovery_codes
        ));
    }
    if held.passkeys > 0 {
        lines.push(format!("- all passkeys: {}", held.passkeys));
    }
    lines.push("- all sessions, and what applications may do for it".to_owned());
    if !held.organizations.is_empty() {
        let names = held.organizations.join(", ");
        lines.push(format!(
            "The audit log of each organization says so: {names}."
        ));
    }
    if !held.has_password {
        lines.push(
            "It has no password: the person sets one with \"Forgot password?\" on the sign-in page."
                .to_owned(),
        );
    }
    for organization in &held.break_glass_of {
        lines.push(format!(
            "It is the break-glass owner of {organization}, which enforces single sign-on. Until it has \
             a passkey again, it enters with the identity provider only."
        ));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Asks for the address again.
fn confirm(email: &str) -> Result<(), Refused> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        return Err(Refused {
            exit: Exit::Usage,
            message: "Nobody can be asked here; give --yes if this is what you want".to_owned(),
        });
    }
    print!("Enter the address again to go on: ");
    let mut typed = String::new();
    let read = std::io::stdout()
        .flush()
        .and_then(|()| input.lock().read_line(&mut typed));
    if read.is_ok() && typed.trim().eq_ignore_ascii_case(email.trim()) {
        return Ok(());
    }
    Err(Refused {
        exit: Exit::RunFailed,
        message: "That is another address; nothing was changed".to_owned(),
    })
}

fn failed(error: AppError) -> Refused {
    Refused {
        exit: Exit::RunFailed,
        message: error.message.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held() -> SecondFactor {
        SecondFactor {
            name: "Ada".to_owned(),
            app: true,
            recovery_codes: 3,
            passkeys: 0,
            has_password: true,
            organizations: vec!["Engines".to_owned(), "Looms".to_owned()],
            break_glass_of: Vec::new(),
        }
    }

    #[test]
    fn the_plan_names_what_is_removed_and_nothing_else() {
        let text = plan("ada@example.org", &held());
        assert_eq!(
            text,
            "The account ada@example.org (Ada) loses:\n\
             - the authenticator app and 3 unused recovery codes\n\
             - all sessions, and what applications may do for it\n\
             The audit log of each organization says so: Engines, Looms.\n"
        );
    }

    #[test]
    fn the_plan_warns_of_what_the_person_can_do_only_differently_afterwards() {
        let held = SecondFactor {
            app: false,
            passkeys: 2,
            has_password: false,
            break_glass_of: vec!["Engines".to_owned()],
            ..held()
        };
        let text = plan("ada@example.org", &held);
        for part in [
            "all passkeys: 2",
            "Forgot password?",
            "break-glass owner of Engines",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("authenticator"), "{text}");
    }
}
