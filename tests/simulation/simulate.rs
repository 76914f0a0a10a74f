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
use simulation::spread::Network;
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

  --spread          measure how writes spread, without laws, and print that as JSON
  --records N       how many records all hold at first (default 100)
  --peers N         peers a round (default 8)
  --writes N        (default 1)
  --intervals N     of 20 seconds, over which several writes are scattered (default 1)
  --hostile N       percent of the machines that lie (default 0)
  --reachable N     percent of the others that can be reached (default 100)

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
    spreads: bool,
    network: Network,
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
        spreads: false,
        network: Network {
            seed: 1,
            machines: 20,
            records: 100,
            max_peers: 8,
            writes: 1,
            intervals: 1,
            hostile_percent: 0,
            reachable_percent: 100,
        },
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
            "--spread" => read.spreads = true,
            "--records" => read.network.records = number(&name, &value()?)?,
            "--peers" => read.network.max_peers = number(&name, &value()?)?,
            "--writes" => read.network.writes = number(&name, &value()?)?,
            "--intervals" => read.network.intervals = number::<usize>(&name, &value()?)?.max(1),
            "--hostile" => read.network.hostile_percent = number(&name, &value()?)?,
            "--reachable" => read.network.reachable_percent = number(&name, &value()?)?,
            "--trace" => read.is_traced = true,
            "--first" => read.stops = true,
            "--shrink" => read.shrinks = true,
            "--help" => return Err(HELP.to_owned()),
            _ => return Err(format!("{name} is not an option; wanted one of those that --help lists")),
        }
    }
    (read.network.seed, read.network.machines) = (read.seed, read.machines);
    let Network { machines, writes, hostile_percent, reachable_percent, .. } = read.network;
    match (machines, writes, hostile_percent, reachable_percent) {
        (2..=1000, 1.., 0..=90, 1..=100) => Ok(read),
        (2..=1000, ..) => {
            Err("--writes, --hostile or --reachable is out of range; wanted 1 or more, 0 to 90, 1 to 100".to_owned())
        }
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
        Ok(arguments) if arguments.spreads => {
            println!("{}", arguments.network.measure());
            ExitCode::SUCCESS
        }
        Ok(arguments) => run(&arguments),
    }
}

/// The lines of many worlds are of no use to anybody.
fn trace(arguments: &Arguments) -> Trace {
    if arguments.worlds == 1 { Trace::new(arguments.is_traced) } else { Trace::default() }
}

fn run(arguments: &Arguments) -> ExitCode {
    let pool = Rc::new(Pool::of_worlds());
    let mut broken = 0;
    for seed in arguments.seed..arguments.seed + arguments.worlds {
        let mut plan = Plan::of(seed, arguments.machines, pool.records.len());
        plan.leave_out(&arguments.without, &arguments.skip);
        let world = World::new(plan.clone(), Rc::clone(&pool), trace(arguments));
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
