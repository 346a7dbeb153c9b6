//! The template as it is deployed.
//!
//! API Gateway serves a snapshot of its methods, and a new one is taken only when a deployment is a new resource. So the deployment's
//! name gets a hash of all that it holds: the resources of the API, and the parameters that stand in them.

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};

const DEPLOYMENT: &str = "ApiDeployment";
const SNAPSHOT: [&str; 4] = [
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Resource",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::GatewayResponse",
];
/// The parameters that stand in methods, or that decide which there are.
const IN_SNAPSHOT: [&str; 3] = ["EdgeSeconds", "Hooks", "NamePrefix"];

/// The template with its deployment named after what it holds; `value` tells the parameters that are not the template's defaults.
pub fn with_deployment(template: &str, value: impl Fn(&str) -> Option<String>) -> Result<String> {
    let mut hash = Sha256::new();
    for block in blocks(template, "Resources:") {
        if SNAPSHOT
            .iter()
            .any(|kind| block.iter().any(|line| line.trim() == format!("Type: {kind}")))
        {
            for line in block {
                hash.update(line);
                hash.update("\n");
            }
        }
    }
    for name in IN_SNAPSHOT {
        let default = || default(template, name);
        hash.update(
            value(name)
                .or_else(default)
                .with_context(|| format!("the template has no parameter {name}"))?,
        );
        hash.update("\n");
    }
    let found = template.matches(DEPLOYMENT).count();
    ensure!(found >= 2, "the template has no {DEPLOYMENT}");
    Ok(compact(template).replace(DEPLOYMENT, &format!("{DEPLOYMENT}{}", short(&hash.finalize()))))
}

/// The template without comments, its own and those of functions' code, and with the least indentation: AWS takes 51,200
/// bytes without a bucket, and both are for those who read the source. Directives of mapping templates have no blank behind
/// their `#`.
fn compact(template: &str) -> String {
    let is_comment =
        |line: &str| ["# ", "// "].iter().any(|mark| line.trim_start().starts_with(mark));
    let lines = template.lines().filter(|line| !line.trim().is_empty() && !is_comment(line));
    let mut written = String::with_capacity(template.len());
    // Where things begin: in the source, and as it is written.
    let mut columns = vec![(0, 0)];
    let mut block: Option<Block> = None;
    for line in lines {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        if let Some(Block { below, place }) = &mut block
            && indent > *below
        {
            let (first, to) =
                *place.get_or_insert_with(|| (indent, columns.last().map_or(0, |(_, to)| to + 1)));
            write(&mut written, (to + indent).saturating_sub(first), text);
            continue;
        }
        while columns.len() > 1 && columns.last().is_some_and(|(from, _)| *from > indent) {
            columns.pop();
        }
        let to = match columns.last() {
            Some((from, to)) if *from == indent => *to,
            Some((_, to)) => to + 1,
            None => 0,
        };
        columns.push((indent, to));
        // What stands behind a dash begins a column of its own.
        let behind = text.trim_start_matches("- ");
        let dashes = text.len() - behind.len();
        columns.extend((2..=dashes).step_by(2).map(|dash| (indent + dash, to + dash)));
        write(&mut written, to, text);
        let opens = ["|", "|-", ">", ">-"].into_iter().any(|mark| {
            behind.strip_suffix(mark).is_some_and(|key| key.is_empty() || key.ends_with(' '))
        });
        let of_dash = if behind.len() <= 2 { 2.min(dashes) } else { 0 };
        block = opens.then_some(Block { below: indent + dashes - of_dash, place: None });
    }
    written
}

/// A text of several lines, which keep their places to each other.
struct Block {
    /// It ends with the first line that begins no further to the right.
    below: usize,
    /// Where its first line begins: in the source, and as it is written.
    place: Option<(usize, usize)>,
}

fn write(written: &mut String, indent: usize, text: &str) {
    written.extend(std::iter::repeat_n(' ', indent));
    written.push_str(text);
    written.push('\n');
}

/// A part of a hash that no other content will have: letters and digits.
pub fn short(hash: &[u8]) -> String {
    hex(hash.get(..8).unwrap_or(hash))
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| DIGITS.get(usize::from(value)).map(|digit| char::from(*digit));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).flatten().collect()
}

/// The default of a parameter.
fn default(template: &str, name: &str) -> Option<String> {
    let head = format!("  {name}:");
    let block = blocks(template, "Parameters:")
        .into_iter()
        .find(|block| block.first().is_some_and(|line| *line == head))?;
    let value = block.iter().find_map(|line| line.strip_prefix("    Default: "))?;
    Some(value.trim_matches('\'').to_owned())
}

/// The entries of a section, each with its lines and without the comments between them.
fn blocks<'a>(template: &'a str, section: &str) -> Vec<Vec<&'a str>> {
    let mut blocks: Vec<Vec<&str>> = Vec::new();
    let lines = template.lines().skip_while(|line| *line != section).skip(1);
    for line in lines.take_while(|line| line.is_empty() || line.starts_with(' ')) {
        let is_comment = line.starts_with("  #");
        let is_head = line.starts_with("  ") && !line.starts_with("   ") && !is_comment;
        if is_head {
            blocks.push(vec![line]);
        } else if let Some(block) = blocks.last_mut()
            && !is_comment
            && !line.is_empty()
        {
            block.push(line);
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "\
Parameters:
  EdgeSeconds:
    Default: 4
  Hooks:
    Default: 'false'
  NamePrefix:
    Default: ''

Resources:

  # The rows.
  GetTiles:
    Type: AWS::ApiGateway::Method
    Properties:
      Template: >-
        #set($x = 1)

  Table:
    Type: AWS::DynamoDB::Table

  ApiDeployment:
    Type: AWS::ApiGateway::Deployment

  ApiStage:
    Properties: { DeploymentId: !Ref ApiDeployment }
Outputs:
  Data:
    Value: x
";

    fn name(template: &str, value: impl Fn(&str) -> Option<String>) -> String {
        let written = with_deployment(template, value).unwrap();
        let head = written
            .lines()
            .find(|line| line.starts_with(" ApiDeployment"))
            .unwrap()
            .trim()
            .trim_end_matches(':')
            .to_owned();
        assert!(written.contains(&format!("!Ref {head} }}")), "{written}");
        head
    }

    /// Whether a change of the template makes a new deployment.
    #[track_caller]
    fn check(from: &str, to: &str, new: bool) {
        assert!(TEMPLATE.contains(from), "{from}");
        let changed = name(&TEMPLATE.replace(from, to), |_| None) != name(TEMPLATE, |_| None);
        assert_eq!(changed, new, "{from} -> {to}");
    }

    #[test]
    fn what_a_deployment_holds_names_it() {
        check("#set($x = 1)", "#set($x = 2)", true);
        check("GetTiles", "GetRows", true);
        check("Default: 4", "Default: 5", true);
        check("# The rows.", "# All rows.", false);
        check("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", false);
        check("Value: x", "Value: y", false);
    }

    #[test]
    fn what_is_for_readers_is_left_out_and_nothing_else() {
        let source = "\
A:
  # Why.
  B:
    - C: !Ref X
      D:
        - - |
            e
          - E
    -
      - F

  Text: |
      // What for.
      if (x) {
        y();
      }
  Folded: >-
    one
    two
  Quoted: \"\\
    #if($x)\\
    \\ \\ #end\"
";
        let expected = "\
A:
 B:
  - C: !Ref X
    D:
     - - |
          e
       - E
  -
   - F
 Text: |
  if (x) {
    y();
  }
 Folded: >-
  one
  two
 Quoted: \"\\
  #if($x)\\
  \\ \\ #end\"
";
        assert_eq!(compact(source), expected);
    }

    #[test]
    fn parameters_in_methods_name_it_too() {
        let with = |wanted: &'static str, value: &'static str| {
            move |name: &str| (name == wanted).then(|| value.to_owned())
        };
        let usual = name(TEMPLATE, |_| None);
        assert_eq!(
            name(TEMPLATE, with("EdgeSeconds", "4")),
            usual,
            "a default that is told is the same"
        );
        assert_ne!(name(TEMPLATE, with("EdgeSeconds", "9")), usual);
        assert_ne!(name(TEMPLATE, with("Hooks", "true")), usual);
        assert_ne!(name(TEMPLATE, with("NamePrefix", "x")), usual);
        assert_eq!(name(TEMPLATE, with("Other", "x")), usual);
    }

    #[test]
    fn the_template_has_what_is_looked_for() {
        let template = include_str!("../../../infra/template.yaml");
        let kinds = |kind: &str| {
            template.lines().filter(|line| line.trim() == format!("Type: {kind}")).count()
        };
        for kind in SNAPSHOT {
            assert!(kinds(kind) > 0, "{kind}");
        }
        let usual = with_deployment(template, |_| None).unwrap();
        for changed in
            ["\"Limit\":1000", "there is no such route", "PathPart: cctray.xml", "$row.Tile.S"]
        {
            let other = template.replace(changed, "changed");
            assert_ne!(other, template, "{changed}");
            let names = |text: &str| {
                text.lines().find(|line| line.starts_with(" ApiDeployment")).map(str::to_owned)
            };
            assert_ne!(
                names(&with_deployment(&other, |_| None).unwrap()),
                names(&usual),
                "{changed}"
            );
        }
        // What CloudFormation takes without a bucket.
        assert!(usual.len() <= 51_200, "{}", usual.len());
        assert!(!usual.contains("# ──") && usual.contains("#set($start"), "{usual}");
    }
}
