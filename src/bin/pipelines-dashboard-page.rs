//! The program that is loaded when somebody opens a pipeline's page.

fn main() {
    pipelines_dashboard::start_page();
}
