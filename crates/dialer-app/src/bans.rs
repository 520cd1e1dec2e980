//! Emergency bans, as owners, admins and whoever works on the machine order and end them.

use dialer_domain::bans::{BanError, NewBan, OrderedBan, order};
use dialer_domain::identity::{Principal, Role, Scope};
use dialer_domain::ids::BanId;
use dialer_domain::store::{Page, PageRequest};
use dialer_domain::stores::Stores;

use crate::error::{FieldError, UseCaseError};
use crate::ports::Ports;

/// What is done with emergency bans. Who does it is `None` where it is done on the machine itself, which may do all of it.
#[derive(Clone)]
pub struct Bans {
    ports: Ports,
}

impl Bans {
    /// On these ports.
    #[must_use]
    pub const fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// The same on other stores, such as those of a unit of work.
    #[must_use]
    pub fn on(&self, stores: Stores) -> Self {
        Self { ports: Ports { stores, ..self.ports.clone() } }
    }

    /// Orders a ban. From then on no claim of whom it binds calls anybody there while it lasts.
    pub async fn order(&self, who: Option<Principal>, new: NewBan) -> Result<OrderedBan, UseCaseError> {
        let id = BanId::generate(self.ports.ids.as_ref());
        let ban = order(id, who, new, self.ports.clock.now())?;
        self.ports.stores.bans.order_ban(&ban).await?;
        Ok(OrderedBan::new(ban))
    }

    /// One ban.
    pub async fn get(&self, who: Option<Principal>, id: BanId) -> Result<OrderedBan, UseCaseError> {
        self.ports.stores.bans.ban(scope(who), id).await?.ok_or(UseCaseError::NotFound("ban"))
    }

    /// Bans, the one that begins last first; with `standing` only those that are neither over nor ended.
    pub async fn list(
        &self,
        who: Option<Principal>,
        standing: bool,
        page: PageRequest,
    ) -> Result<Page<OrderedBan>, UseCaseError> {
        let standing_at = standing.then(|| self.ports.clock.now());
        Ok(self.ports.stores.bans.bans(scope(who), standing_at, page).await?)
    }

    /// Ends a ban now. It stays in the list.
    ///
    /// # Errors
    /// [`UseCaseError::Conflict`] when it binds everybody and who asks is no admin.
    pub async fn end(&self, who: Option<Principal>, id: BanId) -> Result<OrderedBan, UseCaseError> {
        let found = self.get(who, id).await?;
        let of_everybody = found.ban.user_id.is_none();
        let by = match who {
            Some(who) if of_everybody && who.role < Role::Admin => {
                return Err(UseCaseError::Conflict("this ban binds everybody; an admin ends it".to_owned()));
            }
            Some(_) if of_everybody => Scope::Service,
            who => scope(who),
        };
        let ended = self.ports.stores.bans.end_ban(by, id, who.map(|who| who.user), self.ports.clock.now()).await?;
        ended.ok_or(UseCaseError::NotFound("ban"))
    }
}

fn scope(who: Option<Principal>) -> Scope {
    who.map_or(Scope::Service, Principal::scope)
}

impl From<Vec<BanError>> for UseCaseError {
    fn from(errors: Vec<BanError>) -> Self {
        Self::Invalid(errors.into_iter().map(|error| FieldError::new(error.field, error.code, error.message)).collect())
    }
}
