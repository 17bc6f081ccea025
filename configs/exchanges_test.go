package configs_test

// exchanges by file, and by service and endpoint.
var exchanges = map[string]map[string]exchange{
	"microsoft365.json": {
		"microsoft365/profile": {
			arguments: `{}`,
			request:   "GET /graph.microsoft.com/v1.0/me?$select=id,displayName,givenName,surname,mail,userPrincipalName,jobTitle,department,officeLocation,mobilePhone,businessPhones,preferredLanguage",
			answer:    `{"@odata.context": "x", "id": "1", "displayName": "Anna"}`,
			result:    `{"id": "1", "displayName": "Anna"}`,
		},
		"microsoft365/mail_create_draft": {
			arguments: `{"subject": "Hi", "body": "Text", "to": ["anna@example.com", "ben@example.com"]}`,
			request:   "POST /graph.microsoft.com/v1.0/me/messages",
			body: `{"subject": "Hi", "body": {"content": "Text", "contentType": "text"}, "importance": "normal",
				"toRecipients": [{"emailAddress": {"address": "anna@example.com"}}, {"emailAddress": {"address": "ben@example.com"}}]}`,
			answer: `{"id": "1", "subject": "Hi", "isDraft": true, "webLink": "https://x", "body": {}}`,
			result: `{"id": "1", "subject": "Hi", "isDraft": true, "webLink": "https://x"}`,
		},
		"microsoft365/mail_update_draft": { // what is not given stays as it is
			arguments: `{"message_id": "A=", "subject": "Other"}`,
			request:   "PATCH /graph.microsoft.com/v1.0/me/messages/A=", body: `{"subject": "Other"}`,
			answer: `{"id": "A="}`, result: `{"id": "A=", "subject": null, "isDraft": null, "webLink": null}`,
		},
		"microsoft365/calendar_create_event": {
			arguments: `{"subject": "Talk", "start": "2026-03-02T09:00:00", "end": "2026-03-02T10:00:00", "attendees": ["anna@example.com"]}`,
			request:   "POST /graph.microsoft.com/v1.0/me/events",
			body: `{"subject": "Talk", "start": {"dateTime": "2026-03-02T09:00:00", "timeZone": "UTC"}, "end": {"dateTime": "2026-03-02T10:00:00", "timeZone": "UTC"},
				"attendees": [{"emailAddress": {"address": "anna@example.com"}, "type": "required"}]}`,
			answer: `{"id": "1"}`, result: `{"id": "1", "subject": null, "start": null, "end": null, "webLink": null, "onlineMeeting": null}`,
		},
		"microsoft365/calendar_find_free_time": {
			arguments: `{"schedules": ["anna@example.com"], "start": "2026-03-02T09:00:00", "end": "2026-03-02T10:00:00"}`,
			request:   "POST /graph.microsoft.com/v1.0/me/calendar/getSchedule",
			body: `{"schedules": ["anna@example.com"], "availabilityViewInterval": 30,
				"startTime": {"dateTime": "2026-03-02T09:00:00", "timeZone": "UTC"}, "endTime": {"dateTime": "2026-03-02T10:00:00", "timeZone": "UTC"}}`,
			answer: `{"value": [{"scheduleId": "anna@example.com", "availabilityView": "02", "scheduleItems": [{"status": "busy", "start": 1, "end": 2, "x": 3}]}]}`,
			result: `{"schedules": [{"who": "anna@example.com", "view": "02", "busy": [{"status": "busy", "start": 1, "end": 2}], "error": null}]}`,
		},
		"microsoft365/files_search": { // a quote cannot end the text
			arguments: `{"query": "Anna's plan"}`,
			request:   "GET /graph.microsoft.com/v1.0/me/drive/root/search(q='Anna''s plan')?$top=25&$select=id,name,size,webUrl,lastModifiedDateTime,createdBy,lastModifiedBy,parentReference,file,folder",
			answer:    `{"value": []}`, result: `{"value": []}`,
		},
		"microsoft365/calendar_list_events": {
			arguments: `{"start": "2026-03-02T00:00:00Z", "end": "2026-03-03T00:00:00Z", "timezone": "Europe/Berlin", "top": 5}`,
			request: "GET /graph.microsoft.com/v1.0/me/calendarView?startDateTime=2026-03-02T00:00:00Z&endDateTime=2026-03-03T00:00:00Z&$top=5&$orderby=start/dateTime" +
				"&$select=id,subject,start,end,isAllDay,location,organizer,attendees,responseStatus,showAs,isCancelled,isOnlineMeeting,onlineMeeting,bodyPreview,webLink,seriesMasterId",
			header: "Prefer", value: `outlook.timezone="Europe/Berlin"`,
			answer: `{"value": [{"id": "1"}]}`, result: `{"value": [{"id": "1"}]}`,
		},
		"microsoft365/mail_search": {
			arguments: `{"query": "subject:invoice"}`,
			request: `GET /graph.microsoft.com/v1.0/me/messages?$search="subject:invoice"&$top=25` +
				"&$select=id,subject,from,toRecipients,ccRecipients,receivedDateTime,isRead,isDraft,hasAttachments,importance,bodyPreview,webLink,parentFolderId,conversationId",
			answer: `{"value": []}`, result: `{"value": []}`,
		},
	},
	"google-workspace.json": {
		"google/gmail_get_message": {
			arguments: `{"message_id": "18c"}`, request: "GET /gmail.googleapis.com/gmail/v1/users/me/messages/18c?format=full",
			answer: `{"id": "18c", "threadId": "t", "labelIds": ["INBOX"], "snippet": "Gr", "payload": {"mimeType": "multipart/mixed",
				"headers": [{"name": "Subject", "value": "S"}, {"name": "X-Spam", "value": "0"}], "parts": [
				{"mimeType": "multipart/alternative", "parts": [
					{"mimeType": "text/plain", "body": {"data": "R3LDvMOfZT8_Pg"}}, {"mimeType": "text/html", "body": {"data": "PGI-"}}]},
				{"mimeType": "text/plain", "filename": "a.txt", "body": {"size": 5, "attachmentId": "x"}}]}}`,
			result: `{"id": "18c", "threadId": "t", "labelIds": ["INBOX"], "snippet": "Gr", "headers": {"subject": "S"}, "text": "Grüße??>",
				"attachments": [{"filename": "a.txt", "mimeType": "text/plain", "size": 5, "attachmentId": "x"}]}`,
		},
		"google/gmail_create_draft": {
			arguments: `{"to": ["anna@example.com"], "subject": "Hi", "body": "Text", "thread_id": "t"}`,
			request:   "POST /gmail.googleapis.com/gmail/v1/users/me/drafts",
			body: `{"message": {"threadId": "t", "raw": "VG86IGFubmFAZXhhbXBsZS5jb20NClN1YmplY3Q6IEhpDQpNSU1FLVZlcnNpb246IDEuMA0KQ29udGVudC1UeXBlOiB0ZXh0` +
				`L3BsYWluOyBjaGFyc2V0PXV0Zi04DQpDb250ZW50LVRyYW5zZmVyLUVuY29kaW5nOiBxdW90ZWQtcHJpbnRhYmxlDQoNClRleHQ"}}`,
			answer: `{"id": "d", "message": {"id": "m", "threadId": "t"}}`, result: `{"draftId": "d", "messageId": "m", "threadId": "t"}`,
		},
		"google/calendar_create_event": {
			arguments: `{"calendar_id": "primary", "summary": "Talk", "start_date": "2026-03-02", "end_date": "2026-03-03", "attendees": ["anna@example.com"]}`,
			request:   "POST /www.googleapis.com/calendar/v3/calendars/primary/events?sendUpdates=none",
			body:      `{"summary": "Talk", "start": {"date": "2026-03-02"}, "end": {"date": "2026-03-03"}, "attendees": [{"email": "anna@example.com"}]}`,
			answer:    `{"id": "e"}`, result: `{"id": "e", "summary": null, "start": null, "end": null, "htmlLink": null}`,
		},
		"google/calendar_find_free_time": {
			arguments: `{"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T18:00:00Z"}`,
			request:   "POST /www.googleapis.com/calendar/v3/freeBusy",
			body:      `{"timeMin": "2026-03-02T08:00:00Z", "timeMax": "2026-03-02T18:00:00Z", "timeZone": "UTC", "items": [{"id": "primary"}]}`,
			answer:    `{"kind": "x", "calendars": {"primary": {"busy": []}}}`, result: `{"calendars": {"primary": {"busy": []}}}`,
		},
		"google/contacts_create": {
			arguments: `{"name": "Anna Berg", "emails": ["anna@example.com"]}`,
			request:   "POST /people.googleapis.com/v1/people:createContact?personFields=names,emailAddresses,phoneNumbers,organizations,addresses,birthdays,biographies",
			body:      `{"names": [{"unstructuredName": "Anna Berg"}], "emailAddresses": [{"value": "anna@example.com"}]}`,
			answer:    `{"resourceName": "people/c1", "etag": "e", "names": [{"displayName": "Anna Berg"}], "emailAddresses": [{"value": "anna@example.com"}]}`,
			result: `{"id": "c1", "etag": "e", "name": "Anna Berg", "emails": ["anna@example.com"], "phones": [], "organization": null, "title": null,
				"addresses": [], "birthday": null, "notes": null}`,
		},
	},
	"github.json": {
		"github/get_file": { // a path is one segment
			arguments: `{"owner": "o", "repo": "r", "path": "docs/a b.md"}`, request: "GET /api.github.com/repos/o/r/contents/docs/a b.md",
			header: "Accept", value: "application/vnd.github.raw+json",
			answer: `"text"`, result: `"text"`,
		},
		"github/list_issues": {
			arguments: `{"owner": "golang", "repo": "go", "labels": ["bug", "help wanted"]}`,
			request:   "GET /api.github.com/repos/golang/go/issues?state=open&labels=bug,help wanted&sort=updated&direction=desc&per_page=20&page=1",
			header:    "Accept", value: "application/vnd.github+json",
			answer: `[{"number": 1, "title": "T", "state": "open", "user": {"login": "a"}, "labels": [{"name": "bug"}], "assignees": [], "pull_request": {}, "comments": 2}]`,
			result: `[{"number": 1, "title": "T", "state": "open", "state_reason": null, "author": "a", "labels": ["bug"], "assignees": [], "milestone": null, "comments": 2,
				"created_at": null, "updated_at": null, "closed_at": null, "is_pull_request": true, "html_url": null}]`,
		},
		"github/search_issues": {
			arguments: `{"query": "is:pr"}`, request: "GET /api.github.com/search/issues?q=is:pr&order=desc&per_page=20&page=1",
			answer: `{"total_count": 1, "incomplete_results": false, "items": [{"number": 1, "repository_url": "https://api.github.com/repos/golang/go", "user": null, "labels": [], "assignees": []}]}`,
			result: `{"total_count": 1, "incomplete_results": false, "items": [{"repository": "golang/go", "number": 1, "title": null, "state": null, "state_reason": null, "author": null,
				"labels": [], "assignees": [], "milestone": null, "comments": null, "created_at": null, "updated_at": null, "closed_at": null, "is_pull_request": false, "html_url": null}]}`,
		},
		"github/update_issue": {
			arguments: `{"owner": "o", "repo": "r", "number": 7, "state": "closed"}`, request: "PATCH /api.github.com/repos/o/r/issues/7", body: `{"state": "closed"}`,
			answer: `{"number": 7, "title": "T", "state": "closed", "html_url": "u", "id": 1}`, result: `{"number": 7, "title": "T", "state": "closed", "html_url": "u"}`,
		},
	},
	"trello.json": {
		"trello/update_card": {
			arguments: `{"card_id": "abcd1234", "archived": true, "list_id": "0123456789abcdef01234567"}`,
			request:   "PUT /api.trello.com/1/cards/abcd1234", body: `{"closed": true, "idList": "0123456789abcdef01234567"}`,
			answer: `{"id": "1", "closed": true}`, result: `{"id": "1", "name": null, "idList": null, "closed": true, "due": null, "dueComplete": null, "shortUrl": null}`,
		},
		"trello/get_card": {
			arguments: `{"card_id": "abcd1234"}`,
			request: "GET /api.trello.com/1/cards/abcd1234?fields=id,name,desc,idBoard,idList,idMembers,labels,due,dueComplete,start,closed,pos,dateLastActivity,shortUrl" +
				"&members=true&member_fields=id,username,fullName&checklists=all&attachments=true&attachment_fields=id,name,url,bytes,mimeType",
			answer: `{"id": "1", "checklists": [{"id": "c", "name": "N", "pos": 1, "checkItems": [{"id": "i", "name": "I", "state": "complete", "due": null, "pos": 2}]}]}`,
			result: `{"id": "1", "checklists": [{"id": "c", "name": "N", "items": [{"id": "i", "name": "I", "state": "complete", "due": null}]}]}`,
		},
		"trello/list_comments": {
			arguments: `{"card_id": "abcd1234"}`, request: "GET /api.trello.com/1/cards/abcd1234/actions?filter=commentCard&limit=50&page=0",
			answer: `[{"id": "1", "date": "d", "memberCreator": {"fullName": "Anna"}, "data": {"text": "Hi", "board": {}}}]`,
			result: `[{"id": "1", "date": "d", "by": "Anna", "text": "Hi"}]`,
		},
	},
	"weather-us.json": {
		"weather_us/find_grid": {
			arguments: `{"latitude": 40.7128, "longitude": -74.006}`, request: "GET /api.weather.gov/points/40.7128,-74.006", header: "Accept", value: "application/geo+json",
			answer: `{"properties": {"gridId": "OKX", "gridX": 33, "gridY": 35, "timeZone": "America/New_York", "radarStation": "KDIX", "relativeLocation": {"properties": {"city": "Hoboken", "state": "NJ"}}}}`,
			result: `{"office": "OKX", "x": 33, "y": 35, "timeZone": "America/New_York", "radarStation": "KDIX", "town": "Hoboken", "state": "NJ"}`,
		},
		"weather_us/get_forecast": {
			arguments: `{"office": "OKX", "x": 33, "y": 35}`, request: "GET /api.weather.gov/gridpoints/OKX/33,35/forecast?units=us",
			answer: `{"properties": {"updateTime": "t", "periods": [{"name": "Tonight", "startTime": "a", "endTime": "b", "temperature": 50, "temperatureUnit": "F",
				"probabilityOfPrecipitation": {"value": null}, "windSpeed": "5 mph", "windDirection": "S", "detailedForecast": "Clear.", "icon": "https://x"}]}}`,
			result: `{"updated": "t", "periods": [{"name": "Tonight", "startTime": "a", "endTime": "b", "temperature": 50, "temperatureUnit": "F", "precipitationPercent": null,
				"windSpeed": "5 mph", "windDirection": "S", "forecast": "Clear."}]}`,
		},
		"weather_us/list_alerts": {
			arguments: `{"area": "NY", "severity": ["Extreme", "Severe"]}`, request: "GET /api.weather.gov/alerts/active?area=NY&severity=Extreme,Severe",
			answer: `{"features": []}`, result: `{"alerts": []}`,
		},
	},
	"weather-de.json": {
		"weather_de/get_weather": {
			arguments: `{"lat": 52.52, "lon": 13.41, "date": "2026-03-01"}`,
			request:   "GET /api.brightsky.dev/weather?lat=52.52&lon=13.41&date=2026-03-01&max_dist=50000&tz=Europe/Berlin&units=dwd",
			answer:    `{"weather": [{"timestamp": "t", "source_id": 1, "temperature": 3.5, "icon": "rain"}], "sources": [{"station_name": "Berlin", "observation_type": "forecast", "distance": 10, "id": 1}]}`,
			result:    `{"hours": [{"timestamp": "t", "temperature": 3.5}], "stations": [{"name": "Berlin", "kind": "forecast", "distance_m": 10}]}`,
		},
	},
}
