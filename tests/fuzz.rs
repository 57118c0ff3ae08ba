//! No input that strangers send or upload brings a parser down: a short hunt from the corpus of each, always
//! the same. For minutes, with other seeds, it is `script/bench fuzz`.

use crate::hunt::hunt;
use crate::hunt::targets::{ALL, Target};

const SEED: u64 = 11;
const TRIES: usize = 150;

#[test]
fn every_parser_bears_whatever_it_is_given() {
    for target in &ALL {
        let bag = hunt(target, SEED, |tried| tried >= TRIES);
        println!("{}: {} tried, {} ways", target.name, bag.tried, bag.ways);
        if let Some(prey) = bag.found {
            panic!("{} could not bear {:?}: {}", target.name, String::from_utf8_lossy(&prey.input), prey.why);
        }
        assert!(bag.ways > 3, "{} was never led anywhere", target.name);
    }
}

#[test]
fn a_parser_that_cannot_bear_something_is_found_out_with_the_shortest_input() {
    fn weak(input: &[u8]) -> String {
        assert!(!input.windows(2).any(|two| two == b"&&"), "two at once");
        input.len().to_string()
    }
    let target = Target { name: "filter", words: &["&&"], bear: weak };
    let prey = hunt(&target, SEED, |tried| tried >= 10_000).found.unwrap();
    assert_eq!((prey.input.as_slice(), prey.why.as_str()), (b"&&".as_slice(), "two at once"));
}
