//! Progress on a terminal, and Ctrl-C.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::app::{Step, Watch};

static CANCELLED: AtomicBool = AtomicBool::new(false);

/// A bar on standard error while it is a terminal; silent elsewhere. The first Ctrl-C asks the work to stop.
pub(super) struct Terminal {
    bar: ProgressBar,
    step: Mutex<Option<Step>>,
}

impl Terminal {
    pub(super) fn new() -> Self {
        tokio::spawn(async {
            if tokio::signal::ctrl_c().await.is_ok() {
                CANCELLED.store(true, Ordering::Relaxed);
            }
        });
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        if let Ok(style) = ProgressStyle::with_template("{msg:10} {bar:32} {human_pos}/{human_len} {elapsed}") {
            bar.set_style(style);
        }
        Self { bar, step: Mutex::new(None) }
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Watch for Terminal {
    fn at(&self, step: Step, done: u64, total: u64) {
        if let Ok(mut current) = self.step.lock()
            && *current != Some(step)
        {
            *current = Some(step);
            self.bar.set_message(match step {
                Step::Read => "reading",
                Step::Build => "borders",
                Step::Cut => "cutting cells",
                Step::Divide => "dividing",
                Step::Keep => "keeping",
                Step::Compare => "comparing",
                Step::Tile => "tiles",
            });
        }
        self.bar.set_length(total);
        self.bar.set_position(done);
    }

    fn cancelled(&self) -> bool {
        CANCELLED.load(Ordering::Relaxed)
    }
}
