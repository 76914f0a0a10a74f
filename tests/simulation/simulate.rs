//! `npm run simulate -- --seed N --trace`: makes the world of a seed, or of many, and says what came of it.

#[path = "../common/mod.rs"]
#[macro_use]
mod common;
#[path = "mod.rs"]
mod simulation;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::rc::Rc;

use simulation::plan::Plan;
use simulation::records::Pool;
use simulation::shrink::shrink;
use simulation::trace::{Trace, time};
use simulation::world::World;

const HELP: &str = "\
Runs whole nodes in a simulated network, and says which law was broken, if one was.

  --seed N          the world of this seed (default 1)
  --worlds N        this many worlds, from this seed on
  --machines N      with this many machines (default 20)
  --trace           print what happens, one line an event
  --first           stop at the first world that breaks a law
  --shrink          make the world smaller as long as the same law is broken
  --without A,B     leave these machines out
  --skip A,B        leave these happenings out
  --help            this text
";

#[derive(Debug)]
struct Arguments {
    seed: u64,
    worlds: u64,
    machines: usize,
    is_traced: bool,
    shrinks: bool,
    stops: bool,
    without: BTreeSet<usize>,
    skip: BTreeSet<usize>,
}

fn arguments() -> Result<Arguments, String> {
    let mut read = Arguments {
        seed: 1,
        worlds: 1,
        machines: 20,
        is_traced: false,
        shrinks: false,
        stops: false,
        without: BTreeSet::new(),
        skip: BTreeSet::new(),
    };
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let mut value = || given.next().ok_or_else(|| format!("{name} is given without a value; wanted one behind it"));
        match name.as_str() {
            "--seed" => read.seed = number(&name, &value()?)?,
            "--worlds" => read.worlds = number(&name, &value()?)?,
            "--machines" => read.machines = number(&name, &value()?)?,
            "--without" => read.without = numbers(&name, &value()?)?,
            "--skip" => read.skip = numbers(&name, &value()?)?,
            "--trace" => read.is_traced = true,
            "--first" => read.stops = true,
            "--shrink" => read.shrinks = true,
            "--help" => return Err(HELP.to_owned()),
            _ => return Err(format!("{name} is not an option; wanted one of those that --help lists")),
        }
    }
    match read.machines {
        2..=1000 => Ok(read),
        _ => Err("--machines is out of range; wanted 2 to 1000".to_owned()),
    }
}

fn number<N: std::str::FromStr>(name: &str, value: &str) -> Result<N, String> {
    value.parse().map_err(|_| format!("{name} is \"{value}\"; wanted a whole number"))
}

fn numbers(name: &str, value: &str) -> Result<BTreeSet<usize>, String> {
    value.split(',').map(|part| number(name, part)).collect()
}

fn main() -> ExitCode {
    match arguments() {
        Err(message) => {
            println!("{message}");
            if message == HELP { ExitCode::SUCCESS } else { ExitCode::from(2) }
        }
        Ok(arguments) => run(&arguments),
    }
}

fn run(arguments: &Arguments) -> ExitCode {
    let pool = Rc::new(Pool::of_worlds());
    let mut broken = 0;
    for seed in arguments.seed..arguments.seed + arguments.worlds {
        let mut plan = Plan::of(seed, arguments.machines, pool.records.len());
        plan.leave_out(&arguments.without, &arguments.skip);
        let world = World::new(plan.clone(), Rc::clone(&pool), Trace::new(arguments.is_traced));
        let outcome = world.run();
        let Some(found) = outcome.broken else {
            if arguments.worlds == 1 {
                let (settled, events, sum) = (time(outcome.settled_us), world.trace.events(), world.trace.sum());
                println!("seed {seed}: all laws hold; settled at {settled}, {events} events, sum {sum:016x}");
            }
            continue;
        };
        broken += 1;
        println!("seed {seed}: \"{}\" is broken at {}: {}", found.law, time(found.at_us), found.what);
        if arguments.shrinks {
            println!("  shrunk to: {}", shrink(&plan, &pool, found.law));
        } else {
            println!("  npm run simulate -- {} --trace", plan.arguments());
        }
        if arguments.stops {
            break;
        }
    }
    if arguments.worlds > 1 {
        println!("{} worlds, {broken} with a broken law", arguments.worlds);
    }
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
