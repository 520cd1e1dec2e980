//! The rules, on whole campaigns, contacts and calls.

mod campaigns;
mod eligibility;
mod evidence;
mod merge;
mod settle;
