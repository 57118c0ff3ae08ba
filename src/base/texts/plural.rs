//! Which of its plural forms a language takes for a number, as a `Plural-Forms` line of gettext says it in C:
//! `n==1 ? 0 : n%10>=2 && n%10<=4 ? 1 : 2`. It deliberately does not know any language.

/// An expression, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    Number(u64),
    N,
    Not(Box<Rule>),
    Two(Box<Rule>, Sign, Box<Rule>),
    If(Box<Rule>, Box<Rule>, Box<Rule>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Times,
    Over,
    Remainder,
}

/// Each sign with how strongly it binds; of two that begin alike the longer comes first.
const SIGNS: [(&str, Sign, u8); 13] = [
    ("||", Sign::Or, 1),
    ("&&", Sign::And, 2),
    ("==", Sign::Equal, 3),
    ("!=", Sign::Unequal, 3),
    ("<=", Sign::LessOrEqual, 4),
    (">=", Sign::GreaterOrEqual, 4),
    ("<", Sign::Less, 4),
    (">", Sign::Greater, 4),
    ("+", Sign::Plus, 5),
    ("-", Sign::Minus, 5),
    ("*", Sign::Times, 6),
    ("/", Sign::Over, 6),
    ("%", Sign::Remainder, 6),
];

impl Rule {
    /// Reads an expression; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim();
        let rule = choice(&mut rest)?;
        rest.is_empty().then_some(rule)
    }

    /// The number of the form.
    pub fn of(&self, n: u64) -> u64 {
        match self {
            Self::Number(number) => *number,
            Self::N => n,
            Self::Not(inner) => u64::from(inner.of(n) == 0),
            Self::If(asked, yes, no) => if asked.of(n) != 0 { yes } else { no }.of(n),
            Self::Two(left, sign, right) => sign.of(left.of(n), right.of(n)),
        }
    }
}

impl Sign {
    fn of(self, left: u64, right: u64) -> u64 {
        match self {
            Self::Or => u64::from(left != 0 || right != 0),
            Self::And => u64::from(left != 0 && right != 0),
            Self::Equal => u64::from(left == right),
            Self::Unequal => u64::from(left != right),
            Self::Less => u64::from(left < right),
            Self::LessOrEqual => u64::from(left <= right),
            Self::Greater => u64::from(left > right),
            Self::GreaterOrEqual => u64::from(left >= right),
            Self::Plus => left.saturating_add(right),
            Self::Minus => left.saturating_sub(right),
            Self::Times => left.saturating_mul(right),
            Self::Over => left.checked_div(right).unwrap_or(0),
            Self::Remainder => left.checked_rem(right).unwrap_or(0),
        }
    }
}

/// `asked ? yes : no`, or what stands there alone.
fn choice(rest: &mut &str) -> Option<Rule> {
    let asked = signs(rest, 1)?;
    if !take(rest, "?") {
        return Some(asked);
    }
    let yes = choice(rest)?;
    let no = if take(rest, ":") { choice(rest)? } else { return None };
    Some(Rule::If(Box::new(asked), Box::new(yes), Box::new(no)))
}

/// What signs join that bind at least so strongly, those that bind alike from the left.
fn signs(rest: &mut &str, least: u8) -> Option<Rule> {
    let mut left = one(rest)?;
    while let Some((text, sign, strength)) = SIGNS.into_iter().find(|(text, _, _)| rest.starts_with(text)) {
        if strength < least {
            break;
        }
        take(rest, text);
        let right = signs(rest, strength + 1)?;
        left = Rule::Two(Box::new(left), sign, Box::new(right));
    }
    Some(left)
}

fn one(rest: &mut &str) -> Option<Rule> {
    if take(rest, "!") {
        return Some(Rule::Not(Box::new(one(rest)?)));
    }
    if take(rest, "(") {
        let inner = choice(rest)?;
        return take(rest, ")").then_some(inner);
    }
    if take(rest, "n") {
        return Some(Rule::N);
    }
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let number = rest[..end].parse().ok()?;
    *rest = rest[end..].trim_start();
    Some(Rule::Number(number))
}

fn take(rest: &mut &str, text: &str) -> bool {
    let after = rest.strip_prefix(text).map(str::trim_start);
    *rest = after.unwrap_or(rest);
    after.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms<const N: usize>(rule: &str, numbers: [u64; N]) -> [u64; N] {
        let rule = Rule::parse(rule).unwrap();
        numbers.map(|n| rule.of(n))
    }

    #[test]
    fn the_rules_of_languages_are_read() {
        assert_eq!(forms("(n != 1)", [0, 1, 2, 21]), [1, 0, 1, 1]);
        let welsh = "n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n==3 ? 3 : n==6 ? 4 : 5";
        assert_eq!(forms(welsh, [0, 1, 2, 3, 4, 5, 6, 7, 12]), [0, 1, 2, 3, 5, 5, 4, 5, 5]);
        let polish = "n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2";
        assert_eq!(forms(polish, [1, 2, 5, 12, 22, 101]), [0, 1, 2, 2, 1, 2]);
        assert_eq!(forms("0", [0, 7]), [0, 0]);
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for wrong in ["", "n ==", "m != 1", "(n", "n ? 1", "1 2"] {
            assert_eq!(Rule::parse(wrong), None, "{wrong}");
        }
    }
}
