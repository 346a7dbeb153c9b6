//! The program that every visit of the wall loads.

fn main() {
    pipelines_dashboard::start();
}
