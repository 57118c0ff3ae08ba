//! The care services: their facts and capacity as they are now.
//! They are written only together with an entry of the log, by `changes::record`.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde::de::DeserializeOwned;

use crate::base::stamp::Stamp;
use crate::domain::care_service::{CareService, CareServiceId, ProviderId};
use crate::store::Error;
use crate::store::conn::{Conn, MOST_ROWS, on_each};
use crate::store::fixed::fixed;
use crate::store::schema::care_services;

/// A service as stored, with its last entry in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    pub service: CareService,
    pub last_seq: i64,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = care_services)]
#[diesel(treat_none_as_default_value = false)]
#[diesel(treat_none_as_null = true)]
pub(super) struct ServiceRow {
    id: String,
    kind: String,
    name: String,
    authority_code: String,
    authority_name: String,
    provider_id: Option<String>,
    facts: String,
    capacity: String,
    version: i64,
    confirmed_at: Option<NaiveDateTime>,
    last_seq: i64,
    left_at: Option<NaiveDateTime>,
}

impl ServiceRow {
    pub(super) fn of(service: &CareService, last_seq: i64) -> Result<Self, Error> {
        let facts = &service.facts;
        let provider_id = facts.provider.as_ref().and_then(|provider| provider.id.as_ref());
        Ok(Self {
            id: service.id.as_str().to_owned(),
            kind: facts.kind.word().to_owned(),
            name: facts.name.clone(),
            authority_code: facts.authority.code.as_str().to_owned(),
            authority_name: facts.authority.name.clone(),
            provider_id: provider_id.map(|id| id.as_str().to_owned()),
            facts: to_json(facts)?,
            capacity: to_json(&service.capacity)?,
            version: service.capacity.version,
            confirmed_at: service.capacity.confirmed_at.map(Stamp::naive),
            last_seq,
            left_at: service.left_at.map(Stamp::naive),
        })
    }

    fn read(self) -> Result<Stored, Error> {
        let service = CareService {
            facts: from_json("care_services.facts", &self.facts)?,
            capacity: from_json("care_services.capacity", &self.capacity)?,
            left_at: self.left_at.map(Stamp::from_naive),
            id: CareServiceId::from_text(self.id),
        };
        Ok(Stored { service, last_seq: self.last_seq })
    }

    /// Writes the row, whether or not there was one.
    pub(super) fn put(&self, c: &mut Conn) -> Result<(), Error> {
        let target = care_services::table.find(&self.id);
        let update = fixed(diesel::update(target).set(self).returning(care_services::last_seq));
        let updated: QueryResult<i64> = on_each!(c, c => update.get_result(c));
        if updated.optional()?.is_none() {
            diesel::insert_into(care_services::table).values(self).execute(c)?;
        }
        Ok(())
    }
}

/// What a telling changes: the facts, by which services are looked up, stay as they are.
#[derive(AsChangeset)]
#[diesel(table_name = care_services)]
#[diesel(treat_none_as_null = true)]
struct CapacityRow {
    capacity: String,
    version: i64,
    confirmed_at: Option<NaiveDateTime>,
    last_seq: i64,
}

/// Writes the capacity of a service that is stored.
pub(super) fn put_capacity(c: &mut Conn, service: &CareService, last_seq: i64) -> Result<(), Error> {
    put_capacities(c, &[(service, last_seq)])
}

/// The same for many.
pub(super) fn put_capacities(c: &mut Conn, stored: &[(&CareService, i64)]) -> Result<(), Error> {
    for stored in stored.chunks(MOST_ROWS) {
        on_each!(c, c => put_one_by_one(c, stored), put_together(c, stored))?;
    }
    Ok(())
}

fn put_one_by_one(c: &mut SqliteConnection, stored: &[(&CareService, i64)]) -> Result<(), Error> {
    for (service, last_seq) in stored {
        let row = CapacityRow {
            capacity: to_json(&service.capacity)?,
            version: service.capacity.version,
            confirmed_at: service.capacity.confirmed_at.map(Stamp::naive),
            last_seq: *last_seq,
        };
        let update = diesel::update(care_services::table.find(service.id.as_str())).set(row);
        let _: i64 = fixed(update.returning(care_services::last_seq)).get_result(c)?;
    }
    Ok(())
}

#[cfg(feature = "postgres")]
fn put_together(c: &mut PgConnection, stored: &[(&CareService, i64)]) -> Result<(), Error> {
    use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamp};
    const UPDATE: &str = "UPDATE care_services SET capacity = told.capacity, version = told.version, \
        confirmed_at = told.confirmed_at, last_seq = told.last_seq \
        FROM unnest($1, $2, $3, $4, $5) AS told (id, capacity, version, confirmed_at, last_seq) \
        WHERE care_services.id = told.id RETURNING care_services.last_seq";
    let services = || stored.iter().map(|(service, _)| service);
    let capacities: Vec<String> = services().map(|service| to_json(&service.capacity)).collect::<Result<_, _>>()?;
    let update = diesel::sql_query(UPDATE)
        .bind::<Array<Text>, _>(services().map(|service| service.id.as_str()).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(capacities)
        .bind::<Array<BigInt>, _>(services().map(|service| service.capacity.version).collect::<Vec<_>>())
        .bind::<Array<Nullable<Timestamp>>, _>(
            services().map(|service| service.capacity.confirmed_at.map(Stamp::naive)).collect::<Vec<_>>(),
        )
        .bind::<Array<BigInt>, _>(stored.iter().map(|(_, last_seq)| *last_seq).collect::<Vec<_>>());
    let put = update.execute(c)?;
    if put == stored.len() { Ok(()) } else { Err(Error::NotFound) }
}

/// Those of these services that are stored, in no promised order.
pub(super) fn get_all(c: &mut Conn, ids: &[CareServiceId]) -> Result<Vec<Stored>, Error> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(MOST_ROWS) {
        let wanted = care_services::table.filter(care_services::id.eq_any(ids.iter().map(CareServiceId::as_str)));
        let rows: Vec<ServiceRow> = on_each!(c, c => wanted.select(ServiceRow::as_select()).load(c))?;
        found.extend(rows.into_iter().map(ServiceRow::read).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(found)
}

pub fn get(c: &mut Conn, id: &CareServiceId) -> Result<Stored, Error> {
    let row: ServiceRow =
        on_each!(c, c => care_services::table.find(id.as_str()).select(ServiceRow::as_select()).first(c))?;
    row.read()
}

/// Every service, those that left included, in no promised order.
pub fn all(c: &mut Conn) -> Result<Vec<Stored>, Error> {
    let rows: Vec<ServiceRow> = care_services::table.select(ServiceRow::as_select()).load(c)?;
    rows.into_iter().map(ServiceRow::read).collect()
}

/// The services of a provider that are still registered.
pub fn of_provider(c: &mut Conn, provider: &ProviderId) -> Result<Vec<Stored>, Error> {
    let rows: Vec<ServiceRow> = care_services::table
        .filter(care_services::provider_id.eq(provider.as_str()))
        .filter(care_services::left_at.is_null())
        .select(ServiceRow::as_select())
        .load(c)?;
    rows.into_iter().map(ServiceRow::read).collect()
}

/// Whether any service, left or not, belongs to this authority.
pub fn has_authority(c: &mut Conn, code: &str) -> Result<bool, Error> {
    let found = care_services::table.filter(care_services::authority_code.eq(code)).select(care_services::id);
    Ok(found.first::<String>(c).optional()?.is_some())
}

pub(super) fn to_json(value: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|e| Error::Broken(format!("cannot write JSON: {e}")))
}

pub(super) fn from_json<T: DeserializeOwned>(column: &str, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|e| Error::Broken(format!("cannot read the JSON of {column}: {e}")))
}
