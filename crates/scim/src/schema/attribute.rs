//! One attribute of a schema.

/// The type of an attribute's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// True or false.
    Boolean,
    /// A time.
    DateTime,
    /// A URL.
    Reference,
    /// An object of further attributes.
    Complex,
}

impl Kind {
    /// The word of the standard.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Boolean => "boolean",
            Self::DateTime => "dateTime",
            Self::Reference => "reference",
            Self::Complex => "complex",
        }
    }
}

/// An attribute, with the defaults of the standard: one text in either case that clients may write.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attribute {
    /// The name in the standard's spelling.
    pub name: &'static str,
    /// What it is.
    pub says: &'static str,
    /// The type of its values.
    pub kind: Kind,
    /// Whether it has a list of values.
    pub many: bool,
    /// Whether upper and lower case differ.
    pub exact: bool,
    /// Whether only the server writes it.
    pub read_only: bool,
    /// Whether it must be there.
    pub required: bool,
    /// Whether no two resources have the same value.
    pub unique: bool,
    /// Whether resources of every kind have it.
    pub common: bool,
    /// The attributes of a complex one.
    pub parts: &'static [Attribute],
}

impl Attribute {
    /// An attribute of this type.
    pub const fn new(name: &'static str, kind: Kind, says: &'static str) -> Self {
        Self {
            name,
            says,
            kind,
            many: false,
            exact: false,
            read_only: false,
            required: false,
            unique: false,
            common: false,
            parts: &[],
        }
    }

    /// A text.
    pub const fn text(name: &'static str, says: &'static str) -> Self {
        Self::new(name, Kind::Text, says)
    }

    /// An object of these attributes.
    pub const fn complex(
        name: &'static str,
        parts: &'static [Attribute],
        says: &'static str,
    ) -> Self {
        Self {
            parts,
            ..Self::new(name, Kind::Complex, says)
        }
    }

    /// With a list of values.
    pub const fn many(self) -> Self {
        Self { many: true, ..self }
    }

    /// In which upper and lower case differ.
    pub const fn exact(self) -> Self {
        Self {
            exact: true,
            ..self
        }
    }

    /// Which only the server writes.
    pub const fn read_only(self) -> Self {
        Self {
            read_only: true,
            ..self
        }
    }

    /// Which must be there.
    pub const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    /// Of which no two resources have the same value.
    pub const fn unique(self) -> Self {
        Self {
            unique: true,
            ..self
        }
    }

    /// Which resources of every kind have.
    pub const fn common(self) -> Self {
        Self {
            common: true,
            ..self
        }
    }

    /// The attribute with this name, in either case.
    pub fn find(list: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
        list.iter().find(|one| one.name.eq_ignore_ascii_case(name))
    }
}

/// The attributes that resources of every kind have.
pub(super) const ID: Attribute = Attribute::text("id", "The resource's id, given by this server.")
    .exact()
    .read_only()
    .common();

/// What the client calls the resource.
pub(super) const EXTERNAL_ID: Attribute =
    Attribute::text("externalId", "The identity provider's own id.")
        .exact()
        .common();

/// What the server says about the resource.
pub(super) const META: Attribute = Attribute::complex(
    "meta",
    &[
        Attribute::text("resourceType", "The kind of the resource.").exact(),
        Attribute::new("created", Kind::DateTime, "When it was created."),
        Attribute::new("lastModified", Kind::DateTime, "When it was last changed."),
        Attribute::new("location", Kind::Reference, "Its address.").exact(),
        Attribute::text("version", "Its version, an ETag.").exact(),
    ],
    "What this server says about the resource.",
)
.read_only()
.common();
