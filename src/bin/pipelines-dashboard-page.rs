//! The program that is loaded when somebody opens a pipeline's page or the settings.

fn main() {
    pipelines_dashboard::start_page();
}
