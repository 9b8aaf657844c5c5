//! The command line: reads it, starts the runtime, runs the command.

fn main() -> std::process::ExitCode {
    papo::server::main()
}
