//! `bongsu serve`: the server, until SIGTERM or Ctrl-C.

use std::sync::Arc;

use bongsu_server::{Limits, Listeners, ServerConfig, ServerError, Token, signals};
use bongsu_store::Store;
use clap::Args;

use crate::config::Settings;
use crate::context::Context;
use crate::exit::Exit;
use crate::fault::Failure;
use crate::storage::{engine, writer};

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[arg(long, value_name = "HOST:PORT")]
    http: Vec<String>,
    #[arg(long, value_name = "TOKEN", env = "BONGSU_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

/// Listens, answers until a signal asks for the end, lets requests in flight end, and closes the store.
pub(crate) fn run(args: &ServeArgs, context: &Context) -> Result<Exit, Failure> {
    let config = server_config(args, context.settings())?;
    context.block_on(async {
        let stop = signals()?;
        let listeners = Listeners::bind(config).await?;
        let address = listeners.addresses().first().map(|address| format!("http://{address}"));
        let store = Arc::new(writer(context, address, true)?);
        let engine = Arc::new(engine(context, Arc::clone(&store) as _)?);
        let served = listeners.serve(Arc::clone(&store), Arc::clone(&engine), Arc::clone(&context.clock), stop).await;
        drop(engine);
        let closed = Arc::into_inner(store).map_or(Ok(()), Store::close);
        served?;
        closed?;
        Ok(Exit::Done)
    })
}

fn server_config(args: &ServeArgs, settings: &Settings) -> Result<ServerConfig, ServerError> {
    let http = &settings.http;
    let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    let limits = Limits {
        body: size(http.body.0),
        unpacked: size(http.body.0),
        bodies: size(http.memory.0),
        connections: http.connections.0,
        ingests: http.ingests.0,
        ingest_wait: http.ingest_wait.0,
        drain: http.drain.0,
        ..Limits::default()
    };
    Ok(ServerConfig {
        http: if args.http.is_empty() { http.listen.0.clone() } else { args.http.clone() },
        token: args.token.as_deref().map(Token::new).transpose()?,
        limits,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_of_the_configuration_are_those_of_the_server() {
        let args = ServeArgs { http: vec![], token: None };
        let ours = server_config(&args, &Settings::default()).unwrap();
        assert_eq!(format!("{ours:?}"), format!("{:?}", ServerConfig::default()));
    }

    #[test]
    fn addresses_of_the_command_line_take_the_place_of_configured_ones() {
        let args = ServeArgs { http: vec!["127.0.0.1:0".into()], token: Some("0123456789abcdef".into()) };
        let config = server_config(&args, &Settings::default()).unwrap();
        assert_eq!(config.http, ["127.0.0.1:0"]);
        assert!(config.token.is_some());
        assert!(server_config(&ServeArgs { token: Some("short".into()), ..args }, &Settings::default()).is_err());
    }
}
