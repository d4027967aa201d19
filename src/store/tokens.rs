//! Tokens and the sessions of browsers that have shown one. Only hashes are kept.

use sqlx::FromRow;

use super::{Instant, Result, Tx};

/// A token; the columns are explained in the PostgreSQL migration.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct TokenRow {
    /// T- and sixteen characters.
    pub token_id: String,
    /// Who or what holds it.
    pub name: String,
    /// recorder | reader.
    pub role: String,
    /// SHA-256 of the secret, in hexadecimal.
    pub hash: String,
    /// When it was handed out.
    pub created_at: Instant,
    /// Who handed it out.
    pub created_by: String,
    /// Since when it is worth nothing.
    pub revoked_at: Option<Instant>,
    /// Who revoked it.
    pub revoked_by: Option<String>,
}

impl Tx {
    /// Adds a token; false if its name is in use by one that holds.
    pub async fn insert_token(&mut self, token: &TokenRow) -> Result<bool> {
        const SQL: &str = "
            insert into token (token_id, name, role, hash, created_at, created_by, revoked_at, revoked_by)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            on conflict do nothing";
        Ok(on_backend!(self, db => sqlx::query(SQL)
            .bind(&token.token_id)
            .bind(&token.name)
            .bind(&token.role)
            .bind(&token.hash)
            .bind(token.created_at)
            .bind(&token.created_by)
            .bind(token.revoked_at)
            .bind(&token.revoked_by)
            .execute(&mut **db)
            .await?
            .rows_affected())
            == 1)
    }

    /// Up to `limit` tokens, newest first, revoked ones among them.
    pub async fn tokens(&mut self, limit: i64) -> Result<Vec<TokenRow>> {
        const SQL: &str = "select * from token order by created_at desc, token_id limit $1";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(limit).fetch_all(&mut **db).await?))
    }

    /// The token that holds and has this hash.
    pub async fn token_by_hash(&mut self, hash: &str) -> Result<Option<TokenRow>> {
        const SQL: &str = "select * from token where hash = $1 and revoked_at is null";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(hash).fetch_optional(&mut **db).await?))
    }

    /// Revokes the token that holds and has this name or id, and ends its sessions; none if there is no such token.
    pub async fn revoke_token(
        &mut self,
        name_or_id: &str,
        normal_id: &str,
        by: &str,
        now: Instant,
    ) -> Result<Option<TokenRow>> {
        const REVOKE: &str = "
            update token set revoked_at = $3, revoked_by = $4
             where revoked_at is null and (name = $1 or token_id = $2)
            returning *";
        const END: &str = "delete from session where token_id = $1";
        let revoked: Option<TokenRow> = on_backend!(self, db => sqlx::query_as(REVOKE)
            .bind(name_or_id).bind(normal_id).bind(now).bind(by).fetch_optional(&mut **db).await?);
        if let Some(token) = &revoked {
            on_backend!(self, db => sqlx::query(END).bind(&token.token_id).execute(&mut **db).await?.rows_affected());
        }
        Ok(revoked)
    }

    /// Begins a session, and sweeps those that have ended.
    pub async fn begin_session(&mut self, hash: &str, token_id: &str, now: Instant, until: Instant) -> Result<()> {
        const SWEEP: &str = "delete from session where expires_at <= $1";
        const BEGIN: &str =
            "insert into session (session_hash, token_id, created_at, expires_at) values ($1, $2, $3, $4)";
        on_backend!(self, db => sqlx::query(SWEEP).bind(now).execute(&mut **db).await?.rows_affected());
        on_backend!(self, db => sqlx::query(BEGIN)
            .bind(hash).bind(token_id).bind(now).bind(until).execute(&mut **db).await?.rows_affected());
        Ok(())
    }

    /// The token behind a session: none if the session has ended or its token is revoked.
    pub async fn session(&mut self, hash: &str, now: Instant) -> Result<Option<TokenRow>> {
        const SQL: &str = "
            select t.* from session s join token t on t.token_id = s.token_id
             where s.session_hash = $1 and s.expires_at > $2 and t.revoked_at is null";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(hash).bind(now).fetch_optional(&mut **db).await?))
    }

    /// Ends a session.
    pub async fn end_session(&mut self, hash: &str) -> Result<()> {
        const SQL: &str = "delete from session where session_hash = $1";
        on_backend!(self, db => sqlx::query(SQL).bind(hash).execute(&mut **db).await?.rows_affected());
        Ok(())
    }
}
