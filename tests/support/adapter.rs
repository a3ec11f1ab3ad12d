//! What nodes and servers run on.

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Adapter {
    Std,
    Tokio,
    Smol,
}

impl Adapter {
    pub(crate) const ALL: [Self; 3] = [Self::Std, Self::Tokio, Self::Smol];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Std => "std",
            Self::Tokio => "tokio",
            Self::Smol => "smol",
        }
    }
}
