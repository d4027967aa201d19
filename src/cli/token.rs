//! `token`: who may read and record over HTTP.

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::{Value, json};

use super::DONE;
use super::context::Context;
use crate::http::secret::{self, Role, TOKEN_PREFIX};
use crate::register::chain::{normal_id, short_id};
use crate::store::{Instant, Store, TokenRow};

/// Longest name, in characters.
const NAME_CHARACTERS_MAX: usize = 80;

/// Tokens listed at most.
const TOKENS_MAX: i64 = 1_000;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make a token; it is shown once and only its hash is kept
    Create(Create),
    /// List the tokens, revoked ones among them; never the secrets
    List,
    /// Revoke a token: it is worth nothing from now on, and browsers that showed it are signed out
    Revoke {
        /// Its name, or its id such as T-7ZK0A1B2C3
        #[arg(value_name = "NAME-OR-ID")]
        token: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// recorder (may record events, and read) or reader
    #[arg(long)]
    role: Role,
    /// Who or what will hold it: what is recorded with it is recorded under this name
    #[arg(long, value_name = "TEXT")]
    name: String,
}

pub(super) async fn run(command: Command, context: &mut Context) -> Result<u8> {
    let desk = context.desk().await?;
    let now = Instant::new(desk.now);
    match command {
        Command::Create(arguments) => {
            let (secret, token) = create(&desk.store, arguments.role, &arguments.name, &desk.who, now).await?;
            let print = &mut context.print;
            if print.json {
                let mut shown = token_json(&token);
                shown["token"] = secret.into();
                print.json(&shown)?;
            } else {
                print.line(format_args!("{secret}\n"))?;
                print.line(format_args!(
                    "This is the token of \"{}\" ({}, {}). It is not shown again: keep it like a password.",
                    token.name, token.role, token.token_id
                ))?;
            }
        }
        Command::List => {
            let tokens = desk.store.snapshot().await?.tokens(TOKENS_MAX).await?;
            if context.print.json {
                for token in &tokens {
                    context.print.json(&token_json(token))?;
                }
            } else {
                let rows: Vec<Vec<String>> = tokens.iter().map(cells).collect();
                context.print.table(&["TOKEN", "ROLE", "NAME", "CREATED", "BY", "REVOKED"], &rows)?;
            }
        }
        Command::Revoke { token } => {
            let mut tx = desk.store.begin().await?;
            let revoked = tx.revoke_token(token.trim(), &normal_id(&token), &desk.who, now).await?;
            let Some(revoked) = revoked else {
                bail!("no token that holds has the name or id \"{token}\": see `keshirim token list`");
            };
            tx.commit().await?;
            if context.print.json {
                context.print.json(&token_json(&revoked))?;
            } else {
                context.print.line(format_args!("token {} (\"{}\") revoked", revoked.token_id, revoked.name))?;
            }
        }
    }
    Ok(DONE)
}

/// Makes a token for `name` and keeps its hash; yields the secret, which nobody can find again.
pub(super) async fn create(
    store: &Store,
    role: Role,
    name: &str,
    who: &str,
    now: Instant,
) -> Result<(String, TokenRow)> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX || name.chars().any(char::is_control) {
        bail!("a token's name is one line of 1 to {NAME_CHARACTERS_MAX} characters: give another --name");
    }
    if normal_id(name).starts_with("T-") {
        bail!("a token's name must not look like a token's id: give another --name");
    }
    let secret = secret::secret(TOKEN_PREFIX).context("the system gives no random numbers")?;
    let hash = secret::hash(&secret).context("a new secret is printable")?;
    let token = TokenRow {
        token_id: short_id('T', &hash),
        name: name.to_owned(),
        role: role.as_str().to_owned(),
        hash,
        created_at: now,
        created_by: who.to_owned(),
        revoked_at: None,
        revoked_by: None,
    };
    let mut tx = store.begin().await?;
    if !tx.insert_token(&token).await? {
        bail!(
            "a token named \"{name}\" holds already: revoke it first (`keshirim token revoke`), or give another --name"
        );
    }
    tx.commit().await?;
    Ok((secret, token))
}

fn token_json(token: &TokenRow) -> Value {
    json!({
        "id": token.token_id, "name": token.name, "role": token.role, "created_at": token.created_at,
        "created_by": token.created_by, "revoked_at": token.revoked_at, "revoked_by": token.revoked_by,
    })
}

fn cells(token: &TokenRow) -> Vec<String> {
    let revoked = match (&token.revoked_at, &token.revoked_by) {
        (Some(at), Some(by)) => format!("{at} by {by}"),
        _ => String::new(),
    };
    vec![
        token.token_id.clone(),
        token.role.clone(),
        token.name.clone(),
        token.created_at.to_string(),
        token.created_by.clone(),
        revoked,
    ]
}
