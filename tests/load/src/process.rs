//! What processes took of the machine, as Linux counts it in /proc.

use std::collections::HashMap;
use std::fs;

/// CPU time is counted in hundredths of a second on every Linux there is.
const MILLISECONDS_A_TICK: u64 = 10;

/// Milliseconds of CPU that each of the processes has taken so far; one that has ended is left out.
pub fn cpu(processes: &[u32]) -> HashMap<u32, u64> {
    processes
        .iter()
        .filter_map(|&process| Some((process, stat(process)?.cpu)))
        .collect()
}

/// What was taken between two looks; a process that is new took all of it in between.
pub fn between(before: &HashMap<u32, u64>, after: &HashMap<u32, u64>) -> u64 {
    after
        .iter()
        .map(|(process, now)| now.saturating_sub(before.get(process).copied().unwrap_or(0)))
        .sum()
}

/// A process and all that it started.
pub fn tree(root: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let process = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        if let Some(process) = process
            && let Some(found) = stat(process)
        {
            children.entry(found.parent).or_default().push(process);
        }
    }
    let mut tree = vec![root];
    let mut at = 0;
    while let Some(process) = tree.get(at) {
        tree.extend(children.remove(process).unwrap_or_default());
        at += 1;
    }
    tree
}

/// The most memory that the processes ever held at once, in MiB.
pub fn peak_memory(processes: &[u32]) -> f64 {
    let kibibytes: u64 = processes
        .iter()
        .filter_map(|process| {
            let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix("VmHWM:"))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        })
        .sum();
    kibibytes as f64 / 1024.0
}

/// Milliseconds of CPU that the whole machine has taken so far.
pub fn machine_cpu() -> u64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = stat.lines().next().unwrap_or_default();
    let ticks = line
        .split_whitespace()
        .skip(1)
        .map(|part| part.parse().unwrap_or(0));
    // user, nice, system; idle and iowait are none; irq, softirq, steal.
    let busy: u64 = ticks
        .enumerate()
        .filter(|(place, _)| matches!(place, 0..=2 | 5..=7))
        .map(|(_, ticks): (usize, u64)| ticks)
        .sum();
    busy * MILLISECONDS_A_TICK
}

struct Stat {
    parent: u32,
    cpu: u64,
}

fn stat(process: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the program may hold anything; what follows it begins with the state.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |place: usize| fields.get(place)?.parse::<u64>().ok();
    Some(Stat {
        parent: u32::try_from(number(1)?).ok()?,
        cpu: (number(11)? + number(12)?) * MILLISECONDS_A_TICK,
    })
}
