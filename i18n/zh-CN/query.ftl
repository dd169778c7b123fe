# 进度查询、预约、缴费、投诉。
query-title = 查询进度
query-by-card = 刷身份证查询
query-by-number = 输入受理号查询
query-number = 受理号
query-number-hint = 见回执上方，或扫描二维码
query-none = 没有查到办件
query-none-hint = 请核对受理号，或换一种方式查询
query-list = 您的办件
query-status = 当前状态
query-since = 自 { $date }
query-history = 办理过程
query-due = 承诺办结 { $date }
query-days-left = 还剩 { $n } 个工作日
query-overdue = 已超过承诺期限，我们正在督办
query-collect = 可以领取了
query-collect-at = 领取地点：{ $place }
query-correct = 去补正
query-access = 谁查询过我的信息
query-access-none = 没有查询记录
query-access-row = { $office }因“{ $reason }”查询

appoint-title = 预约取号
appoint-choose-day = 选择日期
appoint-choose-time = 选择时段
appoint-left = 余 { $n } 个
appoint-full = 已约满
appoint-done = 预约成功，号码 { $number }
appoint-ticket = 请取走号票，到 { $window } 等候
appoint-ahead = 前面还有 { $n } 位

pay-title = 缴费
pay-amount = 应缴 { $amount } 元
pay-scan = 请用手机扫码支付
pay-waiting = 等待支付结果
pay-done = 支付成功
pay-unknown = 正在确认支付结果，请勿重复支付
pay-cancel = 暂不支付

complain-title = 投诉与建议
complain-what = 请说明情况
complain-contact = 联系方式（选填）
complain-send = 提交
complain-done = 已登记，编号 { $number }
