//! The command line: reads it, starts the runtime, runs the command.

/// A page is thousands of small pieces, which the C library's allocator makes a fifth of its cost.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    papo::server::main()
}
