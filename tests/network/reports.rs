//! What holds for the counts of every report.

use dbsharing::report::{Counts, Report};

/// Asserts that every item is counted once: there are as many outcomes as items that were offered or fell due.
pub fn assert_each_is_counted(report: &Report, items: usize) {
    assert_eq!(report.totals.offered, items as u64);
    for peer in &report.peers {
        assert_eq!(peer.counts.offered, outcomes(&peer.counts), "{peer:?}");
    }
}

/// Asserts that the totals count every item once, and are the sums of what the peers' entries count.
pub fn assert_adds_up(report: &Report) {
    assert_eq!(report.totals.offered, outcomes(&report.totals));
    assert_eq!(report.totals.offered, report.peers.iter().map(|peer| peer.counts.offered).sum::<u64>());
}

fn outcomes(counts: &Counts) -> u64 {
    let rejected: u64 = counts.rejected.iter().map(|(_, count)| count).sum();
    counts.known + counts.inserted + counts.replaced + counts.kept + rejected
}
