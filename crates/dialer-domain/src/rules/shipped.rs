//! The packs that the program carries.

/// File name and content of each file of `config/rules`.
pub(super) const PACKS: &[(&str, &str)] = &[
    ("au.toml", include_str!("../../../../config/rules/au.toml")),
    ("ca.toml", include_str!("../../../../config/rules/ca.toml")),
    ("fr.toml", include_str!("../../../../config/rules/fr.toml")),
    ("gb.toml", include_str!("../../../../config/rules/gb.toml")),
    ("us.toml", include_str!("../../../../config/rules/us.toml")),
    ("us-al.toml", include_str!("../../../../config/rules/us-al.toml")),
    ("us-ct.toml", include_str!("../../../../config/rules/us-ct.toml")),
    ("us-fl.toml", include_str!("../../../../config/rules/us-fl.toml")),
    ("us-ky.toml", include_str!("../../../../config/rules/us-ky.toml")),
    ("us-la.toml", include_str!("../../../../config/rules/us-la.toml")),
    ("us-ma.toml", include_str!("../../../../config/rules/us-ma.toml")),
    ("us-md.toml", include_str!("../../../../config/rules/us-md.toml")),
    ("us-mi.toml", include_str!("../../../../config/rules/us-mi.toml")),
    ("us-mn.toml", include_str!("../../../../config/rules/us-mn.toml")),
    ("us-ms.toml", include_str!("../../../../config/rules/us-ms.toml")),
    ("us-ne.toml", include_str!("../../../../config/rules/us-ne.toml")),
    ("us-nm.toml", include_str!("../../../../config/rules/us-nm.toml")),
    ("us-nv.toml", include_str!("../../../../config/rules/us-nv.toml")),
    ("us-ok.toml", include_str!("../../../../config/rules/us-ok.toml")),
    ("us-pa.toml", include_str!("../../../../config/rules/us-pa.toml")),
    ("us-ri.toml", include_str!("../../../../config/rules/us-ri.toml")),
    ("us-ut.toml", include_str!("../../../../config/rules/us-ut.toml")),
    ("us-wa.toml", include_str!("../../../../config/rules/us-wa.toml")),
];
